/* guisectl caption --styles: each image in several manners, of styles that are found, chosen, named
 * or written down. */
#include "net-fixture.h"
#include "shell.h"

#include <glib/gstdio.h>
#include <string.h>

/* ---- a server that answers as a model would ---- */

static void
good (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->body = net_describe ("A slim young woman with long brown hair.",
                              "Wearing a red coat, blue jeans and white trainers.");
}

/* Lives through three requests. */
static void
good_at_first (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  if (request->number <= 3)
    good (server, request, reply, data);
  else
    reply->status = 401;
}

/* ---- helpers ---- */

static char *
create_line (ChatServer *server, const char *rest)
{
  return g_strdup_printf ("caption --endpoint %s --model fake-vl %s",
                          chat_server_get_url (server), rest);
}

/* Captions in a style that a model wrote. */
static guint
count (const char *style)
{
  g_autofree char *line = g_strdup_printf (
      "list --fields caption --filter 'source = machine AND style = \"%s\"'", style);
  json_auto_t *object = shell_run_json (line);

  return (guint)json_array_size (json_object_get (object, "rows"));
}

/* The requests in which all exemplars of the style stand. */
static guint
count_asked_with (ChatServer *server, json_t *exemplars, const char *style)
{
  json_t *texts = json_object_get (exemplars, style), *text;
  guint n = 0;

  g_assert_cmpuint (json_array_size (texts), >, 0);
  for (guint r = 1; r <= chat_server_get_n_requests (server); r++) {
    const char *body = chat_server_get_request (server, r)->body;
    gboolean all = TRUE;
    size_t i;

    json_array_foreach (texts, i, text) all &= strstr (body, json_string_value (text)) != NULL;
    n += all;
  }
  return n;
}

static char *
write_file (const char *name, const char *text)
{
  char *path = g_build_filename (shell_folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static gboolean
has_styles (void)
{
  g_autofree char *path = g_build_filename (shell_project, "styles.json", NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* ---- tests ---- */

#define THREE_IMAGES "--filter 'path ~ 0001_1_ OR path ~ 0001_2_1'"

/* Where none were found yet they are, by the default method, and said so; an item is an image in a
 * style, and what comes of it is a caption with that style. */
static void
test_found_first (void)
{
  g_autoptr (ChatServer) server = net_model_new (good, NULL, 0);
  g_autofree char *line = create_line (server, THREE_IMAGES " --styles 2");
  g_auto (ShellResult) result = { 0 };
  json_auto_t *exemplars = NULL, *again = NULL;

  shell_set_up_demo ();
  g_assert_false (has_styles ());
  result = shell_run (line);
  g_assert_cmpint (result.status, ==, 0);
  g_assert_nonnull (strstr (result.errors, "no styles had been found yet"));
  g_assert_true (has_styles ());
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 6);
  exemplars = shell_run_json ("styles --exemplars");
  g_assert_cmpuint (count_asked_with (server, exemplars, "style-1"), ==, 3);
  g_assert_cmpuint (count_asked_with (server, exemplars, "style-2"), ==, 3);
  g_assert_cmpuint (count ("style-1"), ==, 6); /* identity and clothing */
  g_assert_cmpuint (count ("style-2"), ==, 6);
  g_assert_cmpuint (count ("style-3"), ==, 0);
  shell_assert_failure (line, 1, "nothing to describe");
  /* One style more asks only for what is new. */
  g_free (line);
  line = create_line (server, THREE_IMAGES " --styles 3");
  again = shell_run_json (line);
  g_assert_cmpint (ctl_get_int (again, "done"), ==, 3);
  g_assert_cmpuint (count ("style-3"), ==, 6);
  g_assert_cmpint (shell_run_for ("caption undo 1", "removed"), ==, 12);
  g_assert_cmpuint (count ("style-1"), ==, 0);
  g_assert_cmpuint (count ("style-3"), ==, 6);
  shell_tear_down ();
}

/* A job that was broken off goes on by the same command; other styles are another job. */
static void
test_resumed (void)
{
  ChatServer *server = net_model_new (good_at_first, NULL, 0);
  guint16 port = chat_server_get_port (server);
  g_autofree char *line = create_line (server, "--limit 3 --styles style-1,style-2");
  g_autofree char *other = create_line (server, "--limit 3 --styles style-3");
  g_auto (ShellResult) first = { 0 };
  g_autoptr (ChatServer) well = NULL;
  guint n_answered;

  shell_set_up_demo ();
  json_decref (shell_run_json ("styles --method kmeans -k 3"));
  first = shell_run (line);
  g_assert_cmpint (first.status, ==, 1);
  chat_server_free (server);
  n_answered = (count ("style-1") + count ("style-2")) / 2;
  g_assert_cmpuint (n_answered, <=, 3);
  well = net_model_new (good, NULL, port);
  g_assert_cmpint (shell_run_for (other, "job"), ==, 2);
  g_assert_cmpuint (count ("style-3"), ==, 6);
  g_assert_cmpint (shell_run_for (line, "job"), ==, 1);
  g_assert_cmpuint (count ("style-1"), ==, 6);
  g_assert_cmpuint (count ("style-2"), ==, 6);
  g_assert_cmpuint (chat_server_get_n_requests (well), ==, 9 - n_answered);
  shell_tear_down ();
}

/* Exemplars that somebody wrote need nothing found. */
static void
test_file (void)
{
  g_autoptr (ChatServer) server = net_model_new (good, NULL, 0);
  g_autofree char *path = NULL, *line = NULL, *rest = NULL;
  json_auto_t *exemplars = NULL;

  shell_set_up_demo ();
  path = write_file ("mine.json", "{\"curt\": [\"Man, tall. Coat.\", \"Woman, slim.\"],"
                                  " \"my own\": [\"There is somebody in a coat here.\"]}");
  rest = g_strdup_printf ("--limit 2 --styles %s", path);
  line = create_line (server, rest);
  g_assert_cmpint (shell_run_for (line, "done"), ==, 4);
  exemplars = json_load_file (path, 0, NULL);
  g_assert_cmpuint (count_asked_with (server, exemplars, "curt"), ==, 2);
  g_assert_cmpuint (count_asked_with (server, exemplars, "my own"), ==, 2);
  g_assert_cmpuint (count ("my own"), ==, 4);
  g_assert_false (has_styles ());
  shell_tear_down ();
}

/* No answer of a model to a question in the second style. */
static void
fails_in_one (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  if (strstr (request->body, "There is somebody in a coat here.") != NULL)
    reply->body = g_strdup ("<html>Down.</html>");
  else
    good (server, request, reply, data);
}

/* A picture that one style always fails for does not use up every limit. */
static void
test_one_fails (void)
{
  g_autoptr (ChatServer) server = net_model_new (fails_in_one, NULL, 0);
  g_autofree char *path = NULL, *line = NULL, *rest = NULL;

  shell_set_up_demo ();
  path = write_file ("mine.json", "{\"curt\": [\"Man, tall. Coat.\", \"Woman, slim.\"],"
                                  " \"my own\": [\"There is somebody in a coat here.\"]}");
  rest = g_strdup_printf ("--limit 1 --styles %s", path);
  line = create_line (server, rest);
  for (guint i = 1; i <= 3; i++) {
    g_auto (ShellResult) result = shell_run (line);

    g_assert_cmpuint (count ("curt"), ==, 2 * i); /* both texts of another picture */
  }
  shell_tear_down ();
}

static void
test_named (void)
{
  g_autoptr (ChatServer) server = net_model_new (good, NULL, 0);
  g_autofree char *line = create_line (server, "--limit 2 --styles 'in a few words,style-3'");
  json_auto_t *before = NULL, *after = NULL, *anew = NULL;

  shell_set_up_demo ();
  before = shell_run_json ("styles --method kmeans -k 3");
  json_decref (shell_run_json ("styles --rename 'style-2=in a few words'"));
  after = shell_run_json ("styles --exemplars");
  g_assert_true (json_equal (
      json_object_get (json_array_get (json_object_get (before, "styles"), 1), "exemplars"),
      json_object_get (after, "in a few words")));
  g_assert_cmpint (shell_run_for (line, "done"), ==, 4);
  g_assert_cmpuint (count ("in a few words"), ==, 4);
  /* The name follows its captions. */
  anew = shell_run_json ("styles --method kmeans -k 3");
  g_assert_cmpstr (json_string_value (json_object_get (
                       json_array_get (json_object_get (anew, "styles"), 1), "name")),
                   ==, "in a few words");
  shell_assert_failure ("styles --rename style-1=style-3", 1, "another one has that name");
  shell_assert_failure ("styles --rename style-1=7", 1, "mean something else");
  shell_assert_failure ("styles --rename style-2=terse", 1, "no style 'style-2'");
  shell_assert_failure ("styles --rename style-2", 2, "FROM=TO");
  shell_assert_failure ("styles --rename style-1=x --seed 2", 2, "nothing else");
  shell_tear_down ();
}

static void
test_refused (void)
{
  g_autoptr (ChatServer) server = net_model_new (good, NULL, 0);
  g_autofree char *plain = NULL, *line = NULL, *bad = NULL, *unknown = NULL, *empty = NULL;
  g_autofree char *text = NULL, *with_prompt = NULL, *none = NULL;

  shell_set_up_demo ();
  plain = write_file ("plain.prompt", "title = Plain\n[system]\nDescribe.\n[user]\nDescribe: "
                                      "{{schema}}\n");
  text = g_strdup_printf ("--limit 2 --styles 2 --prompt %s", plain);
  with_prompt = create_line (server, text);
  shell_assert_failure (with_prompt, 1, "the prompt 'Plain' has no place for their exemplars");
  g_assert_false (has_styles ()); /* nothing was searched for in vain */
  none = create_line (server, "--styles 0");
  shell_assert_failure (none, 2, "at least 1, 'all'");
  bad = write_file ("bad.json", "{\"curt\": [3]}");
  line = create_line (server, "--styles bad.json");
  shell_assert_failure (line, 1, "cannot use style 'curt'");
  g_free (bad);
  bad = write_file ("bad.json", "[]");
  shell_assert_failure (line, 1, "it holds no styles");
  json_decref (shell_run_json ("styles"));
  unknown = create_line (server, "--styles style-1,nosuch");
  shell_assert_failure (unknown, 1, "there is no style 'nosuch'");
  empty = create_line (server, "--styles nosuch.json");
  shell_assert_failure (empty, 1, "nosuch.json");
  shell_assert_failure ("caption --offline --styles 2", 2, "asks no model");
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 0);
  shell_tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/caption-styles/found-first", test_found_first);
  g_test_add_func ("/cli/caption-styles/resumed", test_resumed);
  g_test_add_func ("/cli/caption-styles/file", test_file);
  g_test_add_func ("/cli/caption-styles/one-fails", test_one_fails);
  g_test_add_func ("/cli/caption-styles/named", test_named);
  g_test_add_func ("/cli/caption-styles/refused", test_refused);
  return g_test_run ();
}
