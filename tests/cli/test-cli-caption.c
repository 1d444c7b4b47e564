/* guisectl caption: descriptions with and without a model, from the command to the project. */
#include "caption-shell.h"
#include "guise-db.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

/* ---- a server that answers as a model would ---- */

static void
answers_then_hangs (ChatServer *server, const ChatRequest *request, ChatReply *reply,
                    gpointer data)
{
  if (request->number <= 3)
    caption_answer_well (server, request, reply, data);
  else
    reply->manner = CHAT_SILENT;
}

static void
refuses (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->body = chat_body ("I'm sorry, I can't help with identifying people.");
}

/* A garment among what somebody is. */
static void
leaks (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->body
      = net_describe ("A slim young woman in a red coat.", "Wearing a red coat and blue jeans.");
}

/* White space, escapes and characters that no terminal should get. */
static void
odd (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  g_autofree char *body = NULL;

  caption_answer_well (server, request, reply, data);
  body = g_steal_pointer (&reply->body);
  body[strlen (body) - 1] = '\0';
  reply->body
      = g_strconcat (body, ",\r\n\t\"note\": \"\xe2\x80\xae \x7f \\u001b \\\\ \\\"\"\n}", NULL);
}

/* ---- helpers ---- */

#define FOUR_IMAGES "--filter 'path ~ 0001_1_ OR path ~ 0001_2_'"

/* The first caption that matches. */
static gint64
find (const char *filter)
{
  g_autofree char *line
      = g_strdup_printf ("list --fields caption --filter '%s'", filter);
  json_t *object = shell_run_json (line);
  gint64 id = ctl_get_int (json_array_get (json_object_get (object, "rows"), 0), "caption");

  json_decref (object);
  return id;
}

/* ---- tests ---- */

static void
test_offline (void)
{
  json_t *done;
  guint n_images;

  shell_set_up_demo ();
  g_assert_cmpint (shell_run_for ("caption --offline --only-missing", "images"), ==,
                   0); /* all have some */
  shell_assert_failure ("caption --only-missing --endpoint ollama", 2, "--only-missing is for");
  done = shell_run_json ("caption --offline");
  n_images = (guint)ctl_get_int (done, "images");
  g_assert_cmpuint (n_images, >, 20);
  g_assert_cmpint (ctl_get_int (done, "added"), ==, 2 * n_images);
  g_assert_cmpint (ctl_get_int (done, "without"), ==, 0);
  json_decref (done);
  g_assert_cmpuint (shell_count ("source = rule"), ==, n_images);
  g_assert_cmpint (shell_run_for ("caption --offline", "added"), ==, 0); /* they are there */
  shell_assert_output ("undo", "undone: Describe images\n");
  g_assert_cmpuint (shell_count ("source = rule"), ==, 0);
  shell_assert_output ("redo", "redone: Describe images\n");
  g_assert_cmpuint (shell_count ("source = rule"), ==, n_images);
  shell_tear_down ();
}

static void
test_endpoint (void)
{
  g_autoptr (ChatServer) server = net_model_new (caption_answer_well, NULL, 0);
  g_autofree char *line = caption_create_line (server, "--limit 5");
  json_t *done;

  shell_set_up_demo ();
  done = shell_run_json (line);
  g_assert_cmpstr (json_string_value (json_object_get (done, "state")), ==, "done");
  g_assert_cmpint (ctl_get_int (done, "done"), ==, 5);
  json_decref (done);
  g_assert_cmpuint (shell_count ("text = \"A slim young woman with long brown hair.\""), ==, 5);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 5);
  shell_assert_failure ("caption items 9", 1, "no such caption job");
  shell_assert_failure ("caption items 1 --state nosuch", 2, "nosuch");
  shell_tear_down ();
}

static json_t *
parse_after (const char *line, const char *name)
{
  json_t *object;

  g_assert_true (g_str_has_prefix (line, name));
  object = json_loads (line + strlen (name), 0, NULL);
  g_assert_nonnull (object);
  return object;
}

/* What was asked and said can be copied from the terminal, and does nothing to it. */
static void
test_show (void)
{
  g_autoptr (ChatServer) server = net_model_new (odd, NULL, 0);
  g_autofree char *line = caption_create_line (server, "--limit 1");
  g_auto (ShellResult) result = { 0 };
  g_auto (GStrv) lines = NULL;
  json_t *question, *answer;

  shell_set_up_demo ();
  g_assert_cmpint (shell_run_for (line, "done"), ==, 1);
  result = shell_run ("caption show 1");
  g_assert_cmpint (result.status, ==, 0);
  lines = g_strsplit (result.output, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 3); /* and nothing behind the last */
  question = parse_after (lines[0], "question: ");
  g_assert_nonnull (json_object_get (question, "messages"));
  answer = parse_after (lines[1], "answer: ");
  g_assert_cmpstr (json_string_value (json_object_get (answer, "note")), ==,
                   "\xe2\x80\xae \x7f \x1b \\ \"");
  g_assert_null (strstr (lines[1], "\xe2\x80\xae"));
  g_assert_null (strpbrk (lines[1], "\x7f\r\t"));
  json_decref (question);
  json_decref (answer);
  shell_tear_down ();
}

/* A hand's work survives the undo of the run and is named. */
static void
test_undo (void)
{
  g_autoptr (ChatServer) server = net_model_new (caption_answer_well, NULL, 0);
  g_autofree char *line = caption_create_line (server, "--limit 3");
  g_autofree char *review = NULL;
  json_t *done;

  shell_set_up_demo ();
  json_decref (shell_run_json (line));
  g_assert_cmpuint (shell_count ("text ~ \"slim young woman with long\""), ==, 3);
  review = g_strdup_printf ("review set %" G_GINT64_FORMAT " accept",
                            find ("text ~ \"blue jeans and white trainers\""));
  json_decref (shell_run_json (review));
  done = shell_run_json ("caption undo 1");
  g_assert_cmpint (ctl_get_int (done, "removed"), ==, 5);
  g_assert_cmpuint (json_array_size (json_object_get (done, "kept")), ==, 1);
  json_decref (done);
  shell_assert_failure ("caption undo 1", 1, "nothing to undo");
  shell_tear_down ();
}

/* A job that is taken off the list keeps all that it made and was answered. */
static void
test_remove (void)
{
  g_autoptr (ChatServer) server = net_model_new (caption_answer_well, NULL, 0);
  g_autofree char *line = caption_create_line (server, CAPTION_TWO_IMAGES);
  g_auto (ShellResult) removed = { 0 };

  shell_set_up_demo ();
  shell_assert_failure ("caption remove 1", 1, "no caption job was begun");
  json_decref (shell_run_json (line));
  shell_assert_failure ("caption remove 9", 1, "no such caption job");
  removed = shell_run ("caption remove 1");
  g_assert_cmpint (removed.status, ==, 0);
  g_assert_cmpint (caption_count_jobs ("caption jobs"), ==, 0);
  g_assert_cmpint (caption_count_jobs ("caption jobs --all"), ==, 1);
  g_assert_cmpuint (shell_count ("text ~ \"slim young woman with long\""), ==, 2);
  shell_assert_failure (line, 1, "nothing to describe");
  g_assert_cmpint (shell_run_for ("caption undo 1", "removed"), ==, 4);
  g_assert_cmpint (shell_run_for ("caption resume 1", "done"), ==, 2);
  g_assert_cmpint (caption_count_jobs ("caption jobs"), ==, 1); /* it was gone on with */
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 2);
  shell_tear_down ();
}

/* Whoever agreed to a host gets that host or a sentence: a profile is read when the job begins. */
static void
test_only_host (void)
{
  g_autoptr (ChatServer) server = net_model_new (caption_answer_well, NULL, 0);
  g_autofree char *host = g_strdup_printf ("127.0.0.1:%u", chat_server_get_port (server));
  g_autofree char *other = caption_create_line (server, "--limit 2 --only-host 127.0.0.1:1");
  g_autofree char *rest = g_strdup_printf ("--limit 2 --only-host %s", host);
  g_autofree char *line = caption_create_line (server, rest);

  shell_set_up_demo ();
  shell_assert_failure (other, 1, "which was agreed to");
  g_assert_cmpint (caption_count_jobs ("caption jobs --all"), ==, 0);
  g_assert_cmpint (shell_run_for (line, "done"), ==, 2);
  shell_assert_failure ("caption resume 1 --only-host example.org", 1, "which was agreed to");
  shell_assert_failure ("caption --offline --only-host example.org", 2, "--offline asks no model");
  shell_tear_down ();
}

/* A trial is looked at and leaves the project as it is. */
static void
test_trial (void)
{
  g_autoptr (ChatServer) server = net_model_new (caption_answer_well, NULL, 0);
  g_autofree char *line = caption_create_line (server, "--limit 3 --trial");

  shell_set_up_demo ();
  g_assert_cmpint (shell_run_for (line, "done"), ==, 3);
  g_assert_cmpuint (shell_count ("text ~ \"slim young woman with long\""), ==, 0);
  shell_tear_down ();
}

/* Beside a window the answers are kept, and brought into the project by the next that can. */
static void
test_beside_window (void)
{
  g_autoptr (ChatServer) server = net_model_new (caption_answer_well, NULL, 0);
  g_autofree char *line = caption_create_line (server, "--limit 3");
  int lock;

  shell_set_up_demo ();
  lock = shell_lock_project ();
  g_assert_cmpint (shell_run_for (line, "done"), ==, 3);
  g_assert_cmpuint (shell_count ("text ~ \"slim young woman with long\""), ==, 0);
  close (lock);
  g_assert_cmpint (shell_run_for ("caption resume 1", "done"), ==, 3);
  g_assert_cmpuint (shell_count ("text ~ \"slim young woman with long\""), ==, 3);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 3);
  shell_tear_down ();
}

/* What was made while another process had the project is undone too, and not made again. */
static void
test_not_in_yet (void)
{
  g_autoptr (ChatServer) server = net_model_new (caption_answer_well, NULL, 0);
  g_autofree char *line = caption_create_line (server, "--limit 3");
  g_autofree char *more = caption_create_line (server, "--limit 2");
  int lock;

  shell_set_up_demo ();
  lock = shell_lock_project ();
  g_assert_cmpint (shell_run_for (line, "done"), ==, 3);
  close (lock);
  g_assert_cmpint (shell_run_for (more, "done"), ==, 2);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 5);
  lock = shell_lock_project ();
  g_free (more);
  more = caption_create_line (server, "--limit 3");
  g_assert_cmpint (shell_run_for (more, "done"), ==, 3);
  close (lock);
  g_assert_cmpint (shell_run_for ("caption undo 3", "removed"), ==, 6);
  g_assert_cmpint (shell_run_for ("caption undo 1", "removed"), ==, 6);
  g_assert_cmpuint (shell_count ("text ~ \"slim young woman with long\""), ==, 2);
  shell_tear_down ();
}

static void
test_falls_back (void)
{
  g_autoptr (ChatServer) server = net_model_new (leaks, NULL, 0);
  g_autofree char *line = caption_create_line (server, "--limit 1");
  g_autofree char *same = NULL;
  g_auto (ShellResult) items = { 0 }, done = { 0 }, jobs = { 0 };
  json_t *item;

  shell_set_up_demo ();
  done = shell_run (line);
  g_assert_nonnull (strstr (done.output, "done: 1 described, 1 of them without the model, 0 ref"));
  jobs = shell_run ("caption jobs");
  g_assert_true (g_str_has_suffix (jobs.output, ", 1 without the model\n"));
  g_assert_cmpint (shell_run_for ("caption resume 1", "without_model"), ==, 1);
  same = caption_create_line (server, "--filter 'path ~ 0001_1_1'");
  shell_assert_failure (same, 1, "and 1 were described without it; another prompt or model");
  items = shell_run ("--json caption items 1");
  item = ctl_read_last (items.output);
  g_assert_cmpstr (json_string_value (json_object_get (item, "maker")), ==, "splitter");
  g_assert_nonnull (json_object_get (item, "why"));
  json_decref (item);
  g_assert_cmpuint (shell_count ("source = rule"), ==, 1);
  shell_tear_down ();
}

static guint
count_captions (const char *filter)
{
  g_autofree char *line = g_strdup_printf ("list --fields caption --filter '%s'", filter);
  json_t *object = shell_run_json (line);
  guint n = (guint)json_array_size (json_object_get (object, "rows"));

  json_decref (object);
  return n;
}

/* What the splitter described in the model's stead is described, until that is undone. */
static void
test_fallen_back_again (void)
{
  g_autoptr (ChatServer) server = net_model_new (leaks, NULL, 0);
  g_autofree char *line = caption_create_line (server, CAPTION_TWO_IMAGES);
  g_autofree char *more = caption_create_line (server, FOUR_IMAGES);
  guint n_requests;

  shell_set_up_demo ();
  g_assert_cmpint (shell_run_for (line, "done"), ==, 2);
  g_assert_cmpuint (count_captions ("source = rule"), ==, 4);
  g_assert_cmpint (shell_run_for (more, "done"), ==, 2);
  g_assert_cmpuint (count_captions ("source = rule"), ==, 8);
  n_requests = chat_server_get_n_requests (server);
  shell_assert_failure (more, 1, "nothing to describe");
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, n_requests);
  g_assert_cmpint (shell_run_for ("caption undo 1", "removed"), ==, 4);
  g_assert_cmpint (shell_run_for (more, "done"), ==, 2);
  g_assert_cmpuint (count_captions ("source = rule"), ==, 8);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, n_requests); /* answers are kept */
  shell_tear_down ();
}

/* The splitter says of an image what it says, on whomever's behalf: that is stored once. */
static void
test_same_text_once (void)
{
  g_autoptr (ChatServer) server = net_model_new (leaks, NULL, 0);
  g_autofree char *line = caption_create_line (server, CAPTION_TWO_IMAGES);
  guint n;

  shell_set_up_demo ();
  json_decref (shell_run_json ("caption --offline"));
  n = count_captions ("source = rule");
  g_assert_cmpint (shell_run_for (line, "done"), ==, 2);
  g_assert_cmpuint (count_captions ("source = rule"), ==, n);
  shell_assert_failure (line, 1, "nothing to describe");
  shell_tear_down ();
}

/* ---- killed ---- */

typedef struct {
  char *line;
  int status;
} Child;

static gpointer
run_child (gpointer data)
{
  Child *child = data;
  g_auto (ShellResult) result = shell_run_with (child->line, NULL);

  child->status = result.status;
  return NULL;
}

/* The process that holds captions.lock. */
static pid_t
find_worker (void)
{
  g_autofree char *path = g_build_filename (shell_project, "captions.lock", NULL);
  g_autofree char *note = NULL;

  g_assert_true (g_file_get_contents (path, &note, NULL, NULL));
  g_assert_true (g_str_has_prefix (note, "process "));
  return (pid_t)g_ascii_strtoll (note + strlen ("process "), NULL, 10);
}

static void
test_n27_killed (void)
{
  ChatServer *server = net_model_new (answers_then_hangs, NULL, 0);
  guint16 port = chat_server_get_port (server);
  g_autofree char *line = caption_create_line (server, "--limit 6");
  Child child = { line, 0 };
  GThread *thread;
  g_autoptr (ChatServer) again = NULL;
  json_t *jobs;
  gint64 n_kept; /* answers, of 100 tokens each, and the test picture's */

  shell_set_up_demo ();
  thread = g_thread_new ("child", run_child, &child);
  chat_server_await_requests (server, 4);
  kill (find_worker (), SIGKILL);
  g_thread_join (thread);
  g_assert_cmpint (child.status, ==, -SIGKILL);
  chat_server_free (server);
  jobs = shell_run_json ("caption jobs");
  g_assert_cmpstr (json_string_value (json_object_get (
                       json_array_get (json_object_get (jobs, "jobs"), 0), "state")),
                   ==, "interrupted");
  n_kept
      = ctl_get_int (json_array_get (json_object_get (jobs, "jobs"), 0), "prompt_tokens") / 100 - 1;
  json_decref (jobs);
  g_assert_cmpint (n_kept, <=, 3);
  again = net_model_new (caption_answer_well, NULL, port);
  g_assert_cmpint (shell_run_for (line, "done"), ==, 6); /* by the same command */
  g_assert_cmpint (chat_server_get_n_requests (again), ==, 6 - n_kept);
  g_assert_cmpuint (shell_count ("text ~ \"slim young woman with long\""), ==, 6);
  shell_tear_down ();
}

/* The state of the newest job. */
static void
assert_state (const char *state)
{
  json_t *jobs = shell_run_json ("caption jobs");

  g_assert_cmpstr (json_string_value (json_object_get (
                       json_array_get (json_object_get (jobs, "jobs"), 0), "state")),
                   ==, state);
  json_decref (jobs);
}

static void
test_one_at_a_time (void)
{
  ChatServer *server = net_model_new (answers_then_hangs, NULL, 0);
  g_autofree char *line = caption_create_line (server, "--limit 6");
  g_autofree char *unlimited = caption_create_line (server, "");
  guint16 port = chat_server_get_port (server);
  Child child = { line, 0 };
  GThread *thread;
  g_autoptr (ChatServer) again = NULL;

  shell_set_up_demo ();
  thread = g_thread_new ("child", run_child, &child);
  chat_server_await_requests (server, 4);
  assert_state ("running");
  shell_assert_failure ("caption resume 1", 1, "runs already");
  shell_assert_failure (unlimited, 1, "runs already");
  shell_assert_failure ("caption retry 1 --max-tokens 1", 1, "runs already");
  shell_assert_failure ("caption remove 1", 1, "it runs; stop it first");
  kill (find_worker (), SIGTERM);
  g_thread_join (thread);
  g_assert_cmpint (child.status, ==, 130);
  chat_server_free (server);
  again = net_model_new (caption_answer_well, NULL, port);
  /* no limit was set meanwhile */
  g_assert_cmpint (shell_run_for ("caption resume 1", "done"), ==, 6);
  shell_tear_down ();
}

/* What an undo took comes back with its job, without a question and beside a window too, and can be
 * undone again. */
static void
test_undone_resumed (void)
{
  ChatServer *server = net_model_new (answers_then_hangs, NULL, 0);
  guint16 port = chat_server_get_port (server);
  g_autofree char *line = caption_create_line (server, "--limit 6");
  Child child = { line, 0 };
  GThread *thread;
  g_autoptr (ChatServer) again = NULL;
  gint64 n_undone; /* descriptions, two of an image */
  int lock;

  shell_set_up_demo ();
  thread = g_thread_new ("child", run_child, &child);
  chat_server_await_requests (server, 4);
  kill (find_worker (), SIGTERM);
  g_thread_join (thread);
  chat_server_free (server);
  n_undone = shell_run_for ("caption undo 1", "removed");
  g_assert_cmpint (n_undone, >, 0);
  again = net_model_new (caption_answer_well, NULL, port);
  lock = shell_lock_project ();
  g_assert_cmpint (shell_run_for ("caption resume 1", "done"), ==, 6);
  close (lock);
  g_assert_cmpint (chat_server_get_n_requests (again), ==, 6 - n_undone / 2);
  g_assert_cmpint (shell_run_for ("caption undo 1", "removed"), ==, 12);
  g_assert_cmpuint (shell_count ("text ~ \"slim young woman with long\""), ==, 0);
  g_assert_cmpint (shell_run_for ("caption resume 1", "done"), ==, 6);
  g_assert_cmpuint (shell_count ("text ~ \"slim young woman with long\""), ==, 6);
  g_assert_cmpint (chat_server_get_n_requests (again), ==, 6 - n_undone / 2);
  shell_tear_down ();
}

/* ---- refused ---- */

static void
assert_refused (const char *line, gint64 n_images)
{
  g_autofree char *with_json = g_strconcat ("--json ", line, NULL);
  g_auto (ShellResult) result = shell_run (with_json);
  json_t *done = ctl_read_last (result.output);

  g_assert_cmpint (result.status, ==, 1);
  g_assert_nonnull (strstr (result.errors, "was described: the first: the model declines"));
  g_assert_cmpint (ctl_get_int (done, "refused"), ==, n_images);
  json_decref (done);
}

/* A job that described nothing has failed, whoever is to blame. What was refused is not put into
 * another job, whose answer would be the one that is kept, but asked again by a retry. */
static void
test_refused (void)
{
  g_autoptr (ChatServer) server = net_model_new (refuses, NULL, 0);
  g_autofree char *line = caption_create_line (server, CAPTION_TWO_IMAGES);
  g_autofree char *more = caption_create_line (server, "--limit 1");
  guint n_requests;

  shell_set_up_demo ();
  assert_refused (line, 2);
  n_requests = chat_server_get_n_requests (server);
  shell_assert_failure (line, 1, "has refused, or not usably answered, 2 of what matches");
  shell_assert_failure (line, 1, "guisectl caption retry 1");
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, n_requests);
  assert_refused (more, 1);
  n_requests = chat_server_get_n_requests (server);
  assert_refused ("caption retry 1", 2);
  g_assert_cmpuint (chat_server_get_n_requests (server), >, n_requests);
  shell_tear_down ();
}

static void
write_profile (ChatServer *server)
{
  g_autofree char *folder = g_build_filename (shell_folder, "guise", "endpoints", NULL);
  g_autofree char *path = g_build_filename (folder, "moving.json", NULL);
  g_autofree char *text
      = g_strdup_printf ("{\"name\":\"moving\",\"title\":\"Moving\",\"url\":\"%s\","
                         "\"model\":\"fake-vl\",\"auth\":\"none\"}",
                         chat_server_get_url (server));

  g_mkdir_with_parents (folder, 0700);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* A profile's server that has moved is asked where it is now, and that is said. */
static void
test_moved (void)
{
  g_autoptr (ChatServer) old = net_model_new (caption_answer_well, NULL, 0);
  g_autoptr (ChatServer) server = net_model_new (caption_answer_well, NULL, 0);
  g_auto (ShellResult) result = { 0 };

  shell_set_up_demo ();
  g_setenv ("XDG_CONFIG_HOME", shell_folder, TRUE);
  write_profile (old);
  caption_begin_limited ("caption --endpoint moving");
  write_profile (server);
  result = shell_run ("caption --endpoint moving --limit 6 --max-tokens 900000");
  g_assert_cmpint (result.status, ==, 0);
  g_assert_nonnull (strstr (result.errors, "job 1 goes on at"));
  g_assert_nonnull (strstr (result.errors, chat_server_get_url (old)));
  g_assert_nonnull (strstr (result.errors, chat_server_get_url (server)));
  g_assert_nonnull (strstr (result.output, "job 1, done: 6 described"));
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 6);
  g_assert_cmpuint (chat_server_get_n_requests (old), ==, 0);
  g_unsetenv ("XDG_CONFIG_HOME");
  shell_tear_down ();
}

/* Another typed address is another server, and not the one of before: its job stays as it is. */
static void
test_typed_addresses (void)
{
  g_autoptr (ChatServer) one = net_model_new (caption_answer_well, NULL, 0);
  g_autoptr (ChatServer) other = net_model_new (caption_answer_well, NULL, 0);
  g_autofree char *line = caption_create_line (one, "");
  g_autofree char *lifted = caption_create_line (one, "--limit 6 --max-tokens 0");
  g_autofree char *elsewhere = caption_create_line (other, "--limit 6 --max-tokens 0");

  shell_set_up_demo ();
  caption_begin_limited (line);
  g_assert_cmpint (shell_run_for (elsewhere, "job"), ==, 2);
  g_assert_cmpuint (chat_server_get_n_requests (other), ==, 6);
  g_assert_cmpint (shell_run_for (lifted, "job"), ==, 1);
  g_assert_cmpuint (chat_server_get_n_requests (other), ==, 6);
  shell_tear_down ();
}

/* Resuming asks where the job has asked, and says that its profile is elsewhere. */
static void
test_moved_resume (void)
{
  g_autoptr (ChatServer) old = net_model_new (caption_answer_well, NULL, 0);
  g_autoptr (ChatServer) server = net_model_new (caption_answer_well, NULL, 0);
  g_auto (ShellResult) result = { 0 };

  shell_set_up_demo ();
  g_setenv ("XDG_CONFIG_HOME", shell_folder, TRUE);
  write_profile (old);
  caption_begin_limited ("caption --endpoint moving");
  write_profile (server);
  result = shell_run ("caption resume 1 --max-tokens 0");
  g_assert_cmpint (result.status, ==, 0);
  g_assert_nonnull (strstr (result.errors, "the profile 'moving' is at"));
  g_assert_cmpuint (chat_server_get_n_requests (old), ==, 6);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 0);
  g_unsetenv ("XDG_CONFIG_HOME");
  shell_tear_down ();
}

static void
remove_jobs (void)
{
  static const char *const names[] = { "captions.db", "captions.db-wal", "captions.db-shm" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (shell_project, names[i], NULL);

    g_unlink (path);
  }
}

/* Its ids begin anew, and are not taken for those that guise.db knows. */
static void
test_jobs_moved_away (void)
{
  g_autoptr (ChatServer) server = net_model_new (caption_answer_well, NULL, 0);
  g_autofree char *first = caption_create_line (server, "--limit 3");
  g_autofree char *second = caption_create_line (server, "--limit 2");
  json_t *done;

  shell_set_up_demo ();
  g_assert_cmpint (shell_run_for (first, "job"), ==, 1);
  remove_jobs ();
  done = shell_run_json (second);
  g_assert_cmpint (ctl_get_int (done, "job"), ==, 2);
  g_assert_cmpint (ctl_get_int (done, "done"), ==, 2);
  json_decref (done);
  g_assert_cmpuint (shell_count ("text ~ \"slim young woman with long\""), ==, 5);
  g_assert_cmpint (shell_run_for ("caption undo 2", "removed"), ==, 4);
  g_assert_cmpuint (shell_count ("text ~ \"slim young woman with long\""), ==, 3);
  shell_tear_down ();
}

static void
change_project (const char *sql)
{
  g_autofree char *path = g_build_filename (shell_project, "guise.db", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseDb) db = guise_db_open (path, GUISE_DB_READ_WRITE, &error);

  g_assert_no_error (error);
  guise_db_execute (db, sql, &error);
  g_assert_no_error (error);
}

/* What was answered is kept, and nobody is told that it is in the project. */
static void
test_project_fails (void)
{
  g_autoptr (ChatServer) server = net_model_new (caption_answer_well, NULL, 0);
  g_autofree char *line = caption_create_line (server, "--limit 3 --quiet");

  shell_set_up_demo ();
  change_project ("CREATE UNIQUE INDEX fails ON captions (model) WHERE model = 'fake-vl'");
  shell_assert_failure (line, 1, "not in the project yet");
  change_project ("DROP INDEX fails");
  g_assert_cmpint (shell_run_for ("caption resume 1", "done"), ==, 3);
  g_assert_cmpuint (shell_count ("text ~ \"slim young woman with long\""), ==, 3);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 3);
  shell_tear_down ();
}

/* Nothing is asked where there are no pictures, and that is no success. */
static void
test_no_pictures (void)
{
  g_autoptr (ChatServer) server = net_model_new (caption_answer_well, NULL, 0);
  g_autofree char *line = caption_create_line (server, "--limit 3 --quiet");
  g_autofree char *people = NULL, *away = NULL;

  shell_set_up_demo ();
  people = g_build_filename (shell_project, "people", NULL);
  away = g_build_filename (shell_project, "away", NULL);
  g_assert_cmpint (g_rename (people, away), ==, 0);
  shell_assert_failure (line, 1, "no image was described");
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 0);
  g_assert_cmpint (g_rename (away, people), ==, 0);
  g_assert_cmpint (shell_run_for ("caption resume 1", "done"), ==, 3);
  shell_tear_down ();
}

static void
test_damaged_jobs (void)
{
  g_autofree char *path = NULL;

  shell_set_up_demo ();
  path = g_build_filename (shell_project, "captions.db", NULL);
  g_assert_true (g_file_set_contents (path, "No database, and no less than one page of it.", -1,
                                      NULL));
  shell_assert_failure ("caption jobs", 1, "check --repair` puts it aside");
  shell_assert_failure ("caption resume 1", 1, "check --repair` puts it aside");
  shell_tear_down ();
}

static void
is_overloaded (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->status = 503;
  reply->body = g_strdup ("{\"error\":{\"message\":\"try again later\"}}");
}

static void
is_overloaded_at_first (ChatServer *server, const ChatRequest *request, ChatReply *reply,
                        gpointer data)
{
  if (request->number <= 3)
    is_overloaded (server, request, reply, data);
  else
    caption_answer_well (server, request, reply, data);
}

static gboolean
find_waiting (const char *output)
{
  g_auto (GStrv) lines = g_strsplit (output, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    if (strstr (lines[i], "\"waiting\"") != NULL
        && strstr (lines[i], "try again later") != NULL)
      return TRUE;
  return FALSE;
}

/* A server that asks for patience: why nothing happens is said, and stands with the job. */
static void
test_waiting (void)
{
  g_autoptr (ChatServer) server = net_model_new (is_overloaded, NULL, 0);
  g_autofree char *line = caption_create_line (server, "--limit 1");
  g_autofree char *json = g_strconcat ("--json ", line, NULL);
  g_auto (ShellResult) result = { 0 };

  shell_set_up_demo ();
  result = shell_run (json);
  g_assert_true (find_waiting (result.output));
  g_assert_cmpint (result.status, ==, 1);
  shell_tear_down ();
}

/* The wait leaves nothing behind in a job that came to its end. */
static void
test_waited (void)
{
  g_autoptr (ChatServer) server = net_model_new (is_overloaded_at_first, NULL, 0);
  g_autofree char *line = caption_create_line (server, "--limit 2");
  g_autofree char *json = g_strconcat ("--json ", line, NULL);
  g_auto (ShellResult) result = { 0 };
  json_t *done, *jobs, *job;

  shell_set_up_demo ();
  result = shell_run (json);
  g_assert_true (find_waiting (result.output));
  done = ctl_read_last (result.output);
  g_assert_cmpstr (json_string_value (json_object_get (done, "state")), ==, "done");
  json_decref (done);
  jobs = shell_run_json ("caption jobs");
  job = json_array_get (json_object_get (jobs, "jobs"), 0);
  g_assert_cmpstr (json_string_value (json_object_get (job, "state")), ==, "done");
  g_assert_true (json_is_null (json_object_get (job, "why")));
  json_decref (jobs);
  shell_tear_down ();
}

static void
test_refusals (void)
{
  shell_set_up_demo ();
  shell_assert_failure ("caption items 7", 1, "no caption job was begun");
  shell_assert_output ("caption jobs", "");
  shell_assert_failure ("caption", 2, "either --offline or --endpoint");
  shell_assert_failure ("caption --offline --endpoint x", 2, "either --offline or --endpoint");
  shell_assert_failure ("caption --offline --model m", 2, "asks no model");
  shell_assert_failure ("caption --offline --limit 3", 2, "only --filter");
  shell_assert_failure ("caption --offline --max-cost 1", 2, "only --filter");
  shell_assert_failure ("caption --endpoint nosuch --model m", 1, "nosuch");
  shell_assert_failure ("caption --endpoint http://127.0.0.1:1/v1 --model m --filter person:none",
                        1, "no image matches");
  shell_assert_failure ("caption --endpoint https://vision.example/v1 --model m", 1,
                        "--allow-remote");
  shell_assert_failure ("caption --endpoint http://vision.example/v1 --model m", 1, "http");
  shell_assert_failure ("caption --endpoint http://127.0.0.1:1/v1", 1, "it has no model");
  shell_assert_failure ("caption --endpoint http://127.0.0.1:1/v1 --model m --key-env NONE", 1,
                        "'NONE' is not set");
  shell_assert_output ("caption jobs", ""); /* nothing was begun */
  shell_assert_failure ("caption --endpoint http://127.0.0.1:1/v1 --model m --prompt /none", 1,
                        "/none");
  shell_assert_failure ("caption --endpoint http://127.0.0.1:1/v1 --model m --filter 'a ='", 1,
                        "filter");
  shell_assert_failure ("caption resume x", 2, "not a job");
  shell_assert_failure ("caption resume 1 --max-cost nan", 2, "a limit is a number");
  shell_assert_failure ("caption --endpoint ollama --max-cost nan", 2, "a limit is a number");
  shell_assert_failure ("caption --endpoint ollama --max-cost inf", 2, "a limit is a number");
  shell_assert_failure ("caption --endpoint ollama --max-cost -1", 2, "a limit is a number");
  shell_assert_failure ("caption --endpoint ollama --max-tokens -1", 2, "a limit is a number");
  shell_assert_failure ("caption --endpoint ollama --model ''", 2, "--model wants a name");
  shell_assert_failure ("caption undo 7", 1, "nothing to undo");
  shell_tear_down ();
}

/* What was decided in the window binds the command too, whatever it allows. */
static void
test_never (void)
{
  const char *hosts[]
      = { "vision.example", "Vision.EXAMPLE", "vision.example.", "vision.example:443" };
  g_autofree char *path = NULL;
  sqlite3 *db;

  shell_set_up_demo ();
  path = g_build_filename (shell_project, "guise.db", NULL);
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db,
                                 "INSERT INTO settings VALUES ('captions.consent/vision.example', "
                                 "'{\"choice\": \"never\", \"log\": []}')",
                                 NULL, NULL, NULL),
                   ==, SQLITE_OK);
  sqlite3_close (db);
  for (guint i = 0; i < G_N_ELEMENTS (hosts); i++) {
    g_autofree char *line = g_strdup_printf (
        "caption --endpoint https://%s/v1 --model m --allow-remote --limit 1", hosts[i]);

    shell_assert_failure (line, 1, "never go there");
  }
  shell_assert_output ("caption jobs", "");
  shell_tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/caption/never", test_never);
  g_test_add_func ("/cli/caption/offline", test_offline);
  g_test_add_func ("/cli/caption/endpoint", test_endpoint);
  g_test_add_func ("/cli/caption/show", test_show);
  g_test_add_func ("/cli/caption/undo", test_undo);
  g_test_add_func ("/cli/caption/remove", test_remove);
  g_test_add_func ("/cli/caption/only-host", test_only_host);
  g_test_add_func ("/cli/caption/trial", test_trial);
  g_test_add_func ("/cli/caption/beside-window", test_beside_window);
  g_test_add_func ("/cli/caption/not-in-yet", test_not_in_yet);
  g_test_add_func ("/cli/caption/falls-back", test_falls_back);
  g_test_add_func ("/cli/caption/fallen-back-again", test_fallen_back_again);
  g_test_add_func ("/cli/caption/same-text-once", test_same_text_once);
  g_test_add_func ("/cli/caption/n27-killed", test_n27_killed);
  g_test_add_func ("/cli/caption/one-at-a-time", test_one_at_a_time);
  g_test_add_func ("/cli/caption/undone-resumed", test_undone_resumed);
  g_test_add_func ("/cli/caption/refused", test_refused);
  g_test_add_func ("/cli/caption/moved", test_moved);
  g_test_add_func ("/cli/caption/typed-addresses", test_typed_addresses);
  g_test_add_func ("/cli/caption/moved-resume", test_moved_resume);
  g_test_add_func ("/cli/caption/jobs-moved-away", test_jobs_moved_away);
  g_test_add_func ("/cli/caption/project-fails", test_project_fails);
  g_test_add_func ("/cli/caption/no-pictures", test_no_pictures);
  g_test_add_func ("/cli/caption/damaged-jobs", test_damaged_jobs);
  g_test_add_func ("/cli/caption/waiting", test_waiting);
  g_test_add_func ("/cli/caption/waited", test_waited);
  g_test_add_func ("/cli/caption/refusals", test_refusals);
  return g_test_run ();
}
