/* What is refused before anything is sent: addresses, keys, profiles, machines nobody allowed. And
 * the pictures as they are sent. */
#include "guise-url.h"
#include "net-fixture.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>

/* ---- N23: addresses ---- */

static void
test_n23_refused (void)
{
  const char *urls[] = {
    "",
    "ftp://h.example/v1",
    "file:///etc/passwd",
    "gopher://h.example",
    "h.example/v1",
    "http://h.example/v1",
    "http://10.0.0.1/v1",
    "http://127.0.0.1.example/v1",
    "http://127.0.0.1@h.example/v1",
    "https://user:password@h.example/v1",
    "https://user@h.example/v1",
    "https://h.example/v1\r\nX-Evil: 1",
    "https://h.example/v1\n",
    " https://h.example/v1",
    "https://h.example/a b",
    "https://h.example/\t",
    "https://\xd0\xb0pple.example/v1",
    "https://h.example/v1#part",
    "https://h.example\\@evil.example/v1",
    "https:///v1",
    "https://",
    "https://h.example:99999/v1",
    "javascript://h.example/%0aalert(1)",
    "https://h.example/v1?api-key=pass%40word",
    "https://h.example/v1?api-version=1&subscription_Key=word",
    "https://h.example/v1?%74oken=word",
    "https://h.example/v1?x-api-key=word",
    "https://h.example/v1?client_secret=word",
    "https://h.example/v1?Authorization=word",
    "https://h.example/v1?a=1;access_key=word",
    "https://h.example/v1?key1=word",
    "https://h.example/v1?apikeys=word",
    "https://h.example/v1?access_token_v2=word",
  };

  for (guint i = 0; i < G_N_ELEMENTS (urls); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *url = guise_url_check (urls[i], &error);

    g_test_message ("%s", urls[i]);
    g_assert_null (url);
    g_assert_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_URL);
    g_assert_null (strstr (error->message, "password@"));
    g_assert_null (strstr (error->message, "=word"));
    g_assert_null (strchr (error->message, '\n'));
  }
}

static void
test_n23_taken (void)
{
  const struct {
    const char *text, *url, *chat;
    gboolean here;
  } rows[] = {
    { "http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1",
      "http://127.0.0.1:11434/v1/chat/completions", TRUE },
    { "http://localhost:8080", "http://localhost:8080/v1",
      "http://localhost:8080/v1/chat/completions", TRUE },
    { "http://[::1]:8080/v1///", "http://[::1]:8080/v1", "http://[::1]:8080/v1/chat/completions",
      TRUE },
    { "https://api.example/v1/chat/completions", "https://api.example/v1",
      "https://api.example/v1/chat/completions", FALSE },
    { "https://r.example/v1?monkey=1", "https://r.example/v1?monkey=1",
      "https://r.example/v1/chat/completions?monkey=1", FALSE },
    { "https://r.example/openai/deployments/d?api-version=1",
      "https://r.example/openai/deployments/d?api-version=1",
      "https://r.example/openai/deployments/d/chat/completions?api-version=1", FALSE },
    { "https://xn--pple-43d.example/v1", "https://xn--pple-43d.example/v1",
      "https://xn--pple-43d.example/v1/chat/completions", FALSE },
    { "http://127.1:8080/v1", "http://127.0.0.1:8080/v1",
      "http://127.0.0.1:8080/v1/chat/completions", TRUE },
    /* one host, one spelling */
    { "https://API.Example.:443/v1", "https://api.example/v1",
      "https://api.example/v1/chat/completions", FALSE },
    { "https://api.example:8443/V1", "https://api.example:8443/V1",
      "https://api.example:8443/V1/chat/completions", FALSE },
    { "https://[fe80::1%25eth0]:443/v1", "https://[fe80::1%25eth0]/v1",
      "https://[fe80::1%25eth0]/v1/chat/completions", FALSE },
    { "https://[FE80::1]/v1", "https://[fe80::1]/v1", "https://[fe80::1]/v1/chat/completions",
      FALSE },
    { "HTTP://LocalHost:80/v1", "http://localhost/v1", "http://localhost/v1/chat/completions",
      TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *url = guise_url_check (rows[i].text, &error);
    g_autofree char *chat = NULL;

    g_test_message ("%s", rows[i].text);
    g_assert_no_error (error);
    g_assert_cmpstr (url, ==, rows[i].url);
    chat = guise_url_create_chat (url, &error);
    g_assert_cmpstr (chat, ==, rows[i].chat);
    g_assert_cmpint (guise_url_is_loopback (url), ==, rows[i].here);
    g_assert_cmpint (guise_url_check_consent (url, FALSE, NULL), ==, rows[i].here);
    g_assert_true (guise_url_check_consent (url, TRUE, NULL));
  }
}

/* Not even the asker goes to another machine without consent. */
static void
test_consent (void)
{
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint ("https://api.example/v1");
  g_autoptr (GError) error = NULL;
  GuiseAskerSettings settings = GUISE_ASKER_SETTINGS;

  g_assert_null (guise_asker_new (endpoint, NULL, &settings, &error));
  g_assert_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_CONSENT);
  net_assert_contains (error->message, "'api.example'");
}

/* ---- N24: keys ---- */

static void
test_n24_keys (void)
{
  g_autofree char *most = g_strnfill (4096, 'k');
  g_autofree char *more = g_strnfill (4097, 'k');
  const char *bad[]
      = { "", "  ", "two words", "line\nbreak", "tab\tin", "sk-\xc3\xa9", "\x01", more };
  g_autoptr (GuiseKey) trimmed = guise_key_new (" \tsk-123\r\n", NULL);
  g_autoptr (GuiseKey) longest = guise_key_new (most, NULL);

  g_assert_cmpstr (guise_key_get_text (trimmed), ==, "sk-123");
  g_assert_nonnull (longest);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (guise_key_new (bad[i], &error));
    g_assert_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_KEY);
    g_assert_true (*bad[i] == '\0' || strstr (error->message, bad[i]) == NULL
                   || g_ascii_isspace (*bad[i]));
  }
}

static void
test_n24_environment (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseKey) key = NULL;

  g_unsetenv ("GUISE_TEST_KEY");
  g_assert_null (guise_key_new_from_environment ("GUISE_TEST_KEY", &error));
  net_assert_contains (error->message, "'GUISE_TEST_KEY' is not set");
  g_setenv ("GUISE_TEST_KEY", "sk-env\n", TRUE);
  key = guise_key_new_from_environment ("GUISE_TEST_KEY", NULL);
  g_assert_cmpstr (guise_key_get_text (key), ==, "sk-env");
  g_unsetenv ("GUISE_TEST_KEY");
}

/* While a key is in memory, a crash writes no core file. */
static void
test_n29_core (void)
{
  struct rlimit before, now;
  GuiseKey *one, *two;

  getrlimit (RLIMIT_CORE, &before);
  before.rlim_cur = before.rlim_max;
  g_assert_cmpint (setrlimit (RLIMIT_CORE, &before), ==, 0);
  one = guise_key_new ("sk-1", NULL);
  two = guise_key_new ("sk-2", NULL);
  guise_key_unref (one);
  getrlimit (RLIMIT_CORE, &now);
  g_assert_cmpuint (now.rlim_cur, ==, 0);
  guise_key_unref (two);
  getrlimit (RLIMIT_CORE, &now);
  g_assert_cmpuint (now.rlim_cur, ==, before.rlim_cur);
}

/* A keyring that is not there, or does not answer, is a sentence within its time. */
static void
test_no_keyring (void)
{
  g_autoptr (GError) error = NULL;
  GuiseKey *key = guise_secrets_lookup ("h.example", "custom", 2000, &error);

  g_assert_null (key);
  g_assert_nonnull (error);
  net_assert_contains (error->message, "cannot ask the keyring");
}

/* ---- profiles ---- */

static void
write_profile (const char *name, const char *text)
{
  g_autofree char *folder
      = g_build_filename (g_get_user_config_dir (), "guise", "endpoints", NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_mkdir_with_parents (folder, 0700);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
test_profiles (void)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) list = guise_endpoint_list (problems);
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < list->len; i++) {
    const GuiseEndpoint *endpoint = list->pdata[i];

    g_string_append_printf (names, "%s ", endpoint->name);
    g_assert_nonnull (endpoint->note);
    g_assert_true (endpoint->auth == GUISE_AUTH_NONE || endpoint->url == NULL
                   || !guise_url_is_loopback (endpoint->url));
  }
  g_assert_cmpstr (names->str, ==,
                   "azure custom llama-cpp lm-studio ollama openai openrouter vllm ");
  g_assert_cmpuint (problems->len, ==, 0);
}

/* What is saved comes back, in the place of the shipped one; broken files are named and passed
 * over. */
static void
test_own_profiles (void)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseEndpoint) endpoint = guise_endpoint_find ("ollama", &error);
  g_autoptr (GuiseEndpoint) back = NULL;

  g_assert_no_error (error);
  g_free (endpoint->model);
  endpoint->model = g_strdup ("my-model");
  endpoint->omit = GUISE_PARAMETER_SEED | GUISE_PARAMETER_THINKING;
  endpoint->prompt_price = 1.5;
  endpoint->completion_price = 2;
  g_assert_true (guise_endpoint_save (endpoint, &error));
  write_profile ("bad.json", "{\"name\":\"bad\",\"colour\":1}");
  write_profile ("worse.json", "{");
  list = guise_endpoint_list (problems);
  g_assert_cmpuint (list->len, ==, 8);
  g_assert_cmpuint (problems->len, ==, 2);
  back = guise_endpoint_find ("ollama", &error);
  g_assert_cmpstr (back->model, ==, "my-model");
  g_assert_cmpuint (back->omit, ==, GUISE_PARAMETER_SEED | GUISE_PARAMETER_THINKING);
  g_assert_cmpfloat (back->prompt_price, ==, 1.5);
  g_assert_true (json_equal (back->thinking, endpoint->thinking));
  g_clear_pointer (&back, guise_endpoint_free);
  back = guise_endpoint_find ("nobody", &error);
  g_assert_null (back);
  net_assert_contains (error->message, "there are azure, custom");
}

static void
test_profile_refusals (void)
{
  const struct {
    const char *text, *says;
  } rows[] = {
    { "[]", "no JSON object" },
    { "{}", "'name' needs" },
    { "{\"name\":\"../x\"}", "'name' needs" },
    { "{\"name\":\"a\",\"api_key\":\"sk-1\"}", "no file holds a key" },
    { "{\"name\":\"a\",\"url\":\"http://h.example/v1\"}", "plain http" },
    { "{\"name\":\"a\",\"token_field\":\"n\"}", "'token_field'" },
    { "{\"name\":\"a\",\"auth\":\"basic\"}", "'auth'" },
    { "{\"name\":\"a\",\"formats\":[\"xml\"]}", "'formats'" },
    { "{\"name\":\"a\",\"omit\":[1]}", "'omit'" },
    { "{\"name\":\"a\",\"key_env\":\"A B\"}", "'key_env'" },
    { "{\"name\":\"a\",\"extra\":{\"messages\":[]}}", "may not set 'messages'" },
    { "{\"name\":\"a\",\"thinking\":1}", "'thinking'" },
    { "{\"name\":\"a\",\"price\":{\"prompt\":-1,\"completion\":1}}", "'price'" },
    { "{\"name\":\"a\",\"title\":3}", "'title'" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    json_auto_t *object = json_loads (rows[i].text, 0, NULL);
    g_autoptr (GError) error = NULL;

    g_assert_null (guise_endpoint_from_json (object, "mine.json", &error));
    net_assert_contains (error->message, rows[i].says);
    g_assert_null (strstr (error->message, "sk-1"));
  }
}

/* ---- pictures ---- */

static GBytes *
encode (guint width, guint height, const GuisePictureOptions *options)
{
  guint8 *pixels = g_malloc (3 * width * height);
  g_autoptr (GuiseImage) image = NULL;
  g_autoptr (GError) error = NULL;
  GBytes *jpeg;

  for (guint i = 0; i < width * height; i++) {
    pixels[3 * i] = 200;
    pixels[3 * i + 1] = 30;
    pixels[3 * i + 2] = 90;
  }
  image = guise_image_new_take (pixels, width, height);
  jpeg = guise_chat_encode_pixels (image, options, &error);
  g_assert_no_error (error);
  return jpeg;
}

static GdkPixbuf *
load (GBytes *jpeg)
{
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new_with_type ("jpeg", NULL);

  g_assert_true (gdk_pixbuf_loader_write_bytes (loader, jpeg, NULL));
  g_assert_true (gdk_pixbuf_loader_close (loader, NULL));
  return g_object_ref (gdk_pixbuf_loader_get_pixbuf (loader));
}

static void
assert_size (GBytes *jpeg, int width, int height)
{
  g_autoptr (GdkPixbuf) pixbuf = load (jpeg);
  const guint8 *pixel = gdk_pixbuf_read_pixels (pixbuf);

  g_assert_cmpint (gdk_pixbuf_get_width (pixbuf), ==, width);
  g_assert_cmpint (gdk_pixbuf_get_height (pixbuf), ==, height);
  g_assert_cmpint (ABS (pixel[0] - 200), <, 8);
  g_assert_cmpint (ABS (pixel[1] - 30), <, 8);
  g_assert_cmpint (ABS (pixel[2] - 90), <, 8);
}

static void
test_picture_sizes (void)
{
  const GuisePictureOptions plain = { 0, 0, 90 };
  const struct {
    guint width, height;
    const GuisePictureOptions *options;
    int new_width, new_height;
  } rows[] = {
    { 64, 128, NULL, 224, 448 },
    { 128, 384, NULL, 224, 672 },
    { 300, 500, NULL, 300, 500 },
    { 3000, 1500, NULL, 1024, 512 },
    { 10, 1000, NULL, 10, 1024 },
    { 1, 1, NULL, 224, 224 },
    { 64, 128, &plain, 64, 128 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GBytes) jpeg = encode (rows[i].width, rows[i].height, rows[i].options);

    assert_size (jpeg, rows[i].new_width, rows[i].new_height);
  }
}

/* Baseline, three components, and no marker that could hold where or when it was taken. */
static void
test_picture_markers (void)
{
  g_autoptr (GBytes) jpeg = encode (300, 300, NULL);
  g_autoptr (GBytes) again = encode (300, 300, NULL);
  gsize size, at = 2;
  const guint8 *bytes = g_bytes_get_data (jpeg, &size);
  gboolean baseline = FALSE;

  g_assert_true (g_bytes_equal (jpeg, again));
  while (at + 4 < size && bytes[at + 1] != 0xda) {
    guint8 marker = bytes[at + 1];

    g_assert_cmpuint (bytes[at], ==, 0xff);
    g_assert_cmpuint (marker, !=, 0xc2); /* progressive */
    g_assert_false (marker >= 0xe1 && marker <= 0xef);
    g_assert_cmpuint (marker, !=, 0xfe);
    if (marker == 0xc0) {
      baseline = TRUE;
      g_assert_cmpuint (bytes[at + 9], ==, 3);
    }
    at += 2 + ((gsize)bytes[at + 2] << 8) + bytes[at + 3];
  }
  g_assert_true (baseline);
}

static void
test_picture_half (void)
{
  g_autoptr (GBytes) jpeg = encode (300, 501, NULL);
  g_autoptr (GBytes) half = guise_chat_halve (jpeg, NULL);
  g_autoptr (GBytes) nonsense = g_bytes_new_static ("nonsense", 8);
  g_autoptr (GError) error = NULL;

  assert_size (half, 150, 250);
  g_assert_null (guise_chat_halve (nonsense, &error));
  g_assert_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_PICTURE);
}

/* Through the decoder: orientation is applied, transparency is white. */
static void
test_picture_files (void)
{
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (1);
  g_autofree char *folder = g_dir_make_tmp ("guise-net-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "a.png", NULL);
  g_autoptr (GdkPixbuf) clear = gdk_pixbuf_new (GDK_COLORSPACE_RGB, TRUE, 8, 300, 400);
  g_autoptr (GBytes) jpeg = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkPixbuf) pixbuf = NULL;

  gdk_pixbuf_fill (clear, 0x00000000);
  g_assert_true (gdk_pixbuf_save (clear, file, "png", &error, NULL));
  jpeg = guise_chat_encode_image (decoder, NULL, file, NULL, NULL, &error);
  g_assert_no_error (error);
  pixbuf = load (jpeg);
  g_assert_cmpint (gdk_pixbuf_get_width (pixbuf), ==, 300);
  g_assert_cmpuint (gdk_pixbuf_read_pixels (pixbuf)[0], >, 250);
  g_assert_null (guise_chat_encode_image (decoder, NULL, "/nonexistent", NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_remove (file);
  g_rmdir (folder);
}

static void
remove_profiles (const char *home)
{
  g_autofree char *guise = g_build_filename (home, "guise", NULL);
  g_autofree char *folder = g_build_filename (guise, "endpoints", NULL);
  const char *names[] = { "bad.json", "worse.json", "ollama.json" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (folder, names[i], NULL);

    g_remove (path);
  }
  g_rmdir (folder);
  g_rmdir (guise);
  g_rmdir (home);
}

int
main (int argc, char **argv)
{
  g_autofree char *home = g_dir_make_tmp ("guise-home-XXXXXX", NULL);
  int result;

  g_setenv ("XDG_CONFIG_HOME", home, TRUE);
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/n23-refused", test_n23_refused);
  g_test_add_func ("/net/n23-taken", test_n23_taken);
  g_test_add_func ("/net/consent", test_consent);
  g_test_add_func ("/net/n24-keys", test_n24_keys);
  g_test_add_func ("/net/n24-environment", test_n24_environment);
  g_test_add_func ("/net/n29-core", test_n29_core);
  g_test_add_func ("/net/no-keyring", test_no_keyring);
  g_test_add_func ("/net/profiles/shipped", test_profiles);
  g_test_add_func ("/net/profiles/own", test_own_profiles);
  g_test_add_func ("/net/profiles/refusals", test_profile_refusals);
  g_test_add_func ("/net/picture/sizes", test_picture_sizes);
  g_test_add_func ("/net/picture/markers", test_picture_markers);
  g_test_add_func ("/net/picture/half", test_picture_half);
  g_test_add_func ("/net/picture/files", test_picture_files);
  result = g_test_run ();
  remove_profiles (home);
  return result;
}
