/* guisectl doctor: what this machine offers Guise, found out by trying, and what is in the way. */
#include "cli-commands.h"
#include "cli-precision.h"
#include "guise-decoder.h"
#include "guise-secrets.h"
#include "nn-gemm.h"
#include "nn-level.h"
#include "nn-team.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>

#define LITTLE_SPACE ((guint64)1 << 30)

/* ---- what is looked at ------------------------------------------------------------------------
 */

static json_t *
create_versions (void)
{
  g_autofree char *glib
      = g_strdup_printf ("%u.%u.%u", glib_major_version, glib_minor_version, glib_micro_version);
  struct utsname system = { 0 };

  uname (&system);
  return json_pack ("{s:s, s:s, s:s, s:s, s:s}", "guise", GUISE_VERSION, "glib", glib, "sqlite",
                    sqlite3_libversion (), "jansson", jansson_version_str (), "kernel",
                    system.release);
}

static json_t *
create_blas (void)
{
  g_autofree char *bf16 = cli_describe_bf16 ();
  NnTeam *team = nn_team_create (0);
  size_t n_threads = nn_team_size (team);

  nn_gemm_init ();
  nn_team_free (team);
  return json_pack ("{s:s, s:s, s:b, s:s, s:s, s:I}", "library", nn_gemm_library (), "core",
                    nn_gemm_core_name (), "own_tiles", nn_gemm_uses_tiles (), "kernels",
                    nn_level_name (nn_level_get ()), "bf16", bf16, "threads",
                    (json_int_t)n_threads);
}

/* The value of the first line "key : value" of /proc/cpuinfo, or NULL. */
static char *
find_cpu_line (const char *text, const char *key)
{
  g_autofree char *pattern = g_strdup_printf ("^%s\\s*: (.*)$", key);
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_MULTILINE, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  return g_regex_match (regex, text, 0, &match) ? g_match_info_fetch (match, 1) : NULL;
}

/* Those of the processor's features that matter to products, in the order of what they bring. */
static json_t *
create_features (const char *flags)
{
  const char *wanted[] = { "sse4_2", "avx", "avx2", "fma", "avx512f", "avx512bw",
                           "avx512_bf16", "amx_bf16", "asimd", "asimddp", "bf16", "sve" };
  g_auto (GStrv) all = g_strsplit (flags != NULL ? flags : "", " ", -1);
  json_t *features = json_array ();

  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    if (g_strv_contains ((const char *const *)all, wanted[i]))
      json_array_append_new (features, json_string (wanted[i]));
  return features;
}

static json_t *
create_cpu (void)
{
  g_autofree char *text = NULL;
  g_autofree char *model = NULL;
  g_autofree char *flags = NULL;

  if (g_file_get_contents ("/proc/cpuinfo", &text, NULL, NULL)) {
    model = find_cpu_line (text, "model name");
    flags = find_cpu_line (text, "flags");
    if (flags == NULL)
      flags = find_cpu_line (text, "Features");
  }
  return json_pack ("{s:s, s:i, s:o}", "model", model != NULL ? model : "unknown", "cores",
                    (int)g_get_num_processors (), "features", create_features (flags));
}

static json_t *
create_words (const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  json_t *array = json_array ();

  for (guint i = 0; words[i] != NULL; i++)
    json_array_append_new (array, json_string (words[i]));
  return array;
}

/* A process is really started and says what it has given up. */
static json_t *
create_decoder (GError **error)
{
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (1);
  g_autoptr (GuiseDecoderReport) report = guise_decoder_report (decoder, error);

  if (report == NULL)
    return json_pack ("{s:b, s:o}", "works", FALSE, "error",
                      guise_json_pack_text ((*error)->message));
  return json_pack (
      "{s:b, s:o, s:o, s:b, s:b, s:b, s:s?, s:b, s:s?}", "works", TRUE, "program",
      guise_json_pack_text (report->program), "formats", create_words (report->formats), "limits",
      (report->posture & GUISE_DECODER_LIMITED) != 0, "no_new_privs",
      (report->posture & GUISE_DECODER_UNPRIVILEGED) != 0, "seccomp",
      (report->posture & GUISE_DECODER_FILTERED) != 0, "seccomp_reason", report->why_not_filtered,
      "bubblewrap", (report->posture & GUISE_DECODER_ENCLOSED) != 0, "bubblewrap_reason",
      report->why_not_enclosed);
}

static json_t *
create_disk (const char *folder, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (folder, NULL);
  g_autofree char *shown = g_filename_display_name (absolute);
  struct statvfs disk;

  if (statvfs (absolute, &disk) < 0) {
    int reason = errno;

    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (reason),
                 "cannot look at the disk of '%s': %s", shown, g_strerror (reason));
    return NULL;
  }
  return json_pack ("{s:s, s:I, s:I, s:b}", "folder", shown, "free_bytes",
                    (json_int_t)disk.f_bavail * (json_int_t)disk.f_frsize, "total_bytes",
                    (json_int_t)disk.f_blocks * (json_int_t)disk.f_frsize, "read_only",
                    (disk.f_flag & ST_RDONLY) != 0);
}

static json_t *
create_keyring (void)
{
  g_autoptr (GError) error = NULL;
  gboolean available = guise_secrets_are_available (&error);

  return json_pack ("{s:b, s:s?}", "available", available, "reason",
                    error != NULL ? error->message : NULL);
}

/* ---- what is in the way -----------------------------------------------------------------------
 */

G_GNUC_PRINTF (2, 3)
static void
warn (json_t *warnings, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list list;

  va_start (list, format);
  text = g_strdup_vprintf (format, list);
  va_end (list);
  json_array_append_new (warnings, guise_json_pack_text (text));
}

static gboolean
is_true (const json_t *object, const char *key)
{
  return json_is_true (json_object_get (object, key));
}

static const char *
get_text (const json_t *object, const char *key)
{
  const char *text = json_string_value (json_object_get (object, key));

  return text != NULL ? text : "";
}

static void
warn_of_environment (json_t *warnings)
{
  const char *names[] = { "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_getenv (names[i]) != NULL)
      warn (warnings,
            "%s is set to '%s': products may take twice as long, and round differently; unset it",
            names[i], g_getenv (names[i]));
}

static void
warn_of_decoder (json_t *warnings, const json_t *decoder)
{
  if (!is_true (decoder, "works")) {
    warn (warnings, "%s; no picture can be read", get_text (decoder, "error"));
    return;
  }
  if (!is_true (decoder, "bubblewrap"))
    warn (warnings, "unsandboxed decode: images are decoded under limits, but not enclosed: %s",
          get_text (decoder, "bubblewrap_reason"));
  if (!is_true (decoder, "seccomp"))
    warn (warnings, "the image decoder's system calls are not filtered: %s",
          get_text (decoder, "seccomp_reason"));
}

static void
warn_of_disk (json_t *warnings, const json_t *disk)
{
  json_int_t free = json_integer_value (json_object_get (disk, "free_bytes"));

  if (is_true (disk, "read_only"))
    warn (warnings, "the disk of '%s' can only be read", get_text (disk, "folder"));
  else if ((guint64)free < LITTLE_SPACE)
    warn (warnings, "little space is left on the disk of '%s'", get_text (disk, "folder"));
}

/* ---- how it is said ---------------------------------------------------------------------------
 */

/* The array's strings, one after the other. */
static char *
join (const json_t *array)
{
  GString *text = g_string_new (NULL);

  for (size_t i = 0; i < json_array_size (array); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "",
                            json_string_value (json_array_get (array, i)));
  return g_string_free (text, FALSE);
}

static void
print_decoder (const json_t *decoder)
{
  g_autofree char *formats = join (json_object_get (decoder, "formats"));

  if (!is_true (decoder, "works")) {
    printf ("decoder    cannot be started\n");
    return;
  }
  printf ("decoder    %s: %s\n", get_text (decoder, "program"), formats);
  printf ("           limits %s, no new privileges %s, system calls %s, bubblewrap %s\n",
          is_true (decoder, "limits") ? "yes" : "no",
          is_true (decoder, "no_new_privs") ? "yes" : "no",
          is_true (decoder, "seccomp") ? "filtered" : "not filtered",
          is_true (decoder, "bubblewrap") ? "yes" : "no");
}

static void
print_findings (const json_t *findings)
{
  const json_t *versions = json_object_get (findings, "versions");
  const json_t *blas = json_object_get (findings, "blas"), *cpu = json_object_get (findings, "cpu");
  const json_t *disk = json_object_get (findings, "disk");
  const json_t *warnings = json_object_get (findings, "warnings");
  const json_t *keyring = json_object_get (findings, "keyring");
  g_autofree char *features = join (json_object_get (cpu, "features"));
  g_autofree char *space
      = g_format_size ((guint64)json_integer_value (json_object_get (disk, "free_bytes")));

  printf ("versions   guise %s, GLib %s, SQLite %s, jansson %s, kernel %s\n",
          get_text (versions, "guise"), get_text (versions, "glib"), get_text (versions, "sqlite"),
          get_text (versions, "jansson"), get_text (versions, "kernel"));
  printf ("processor  %s, %" JSON_INTEGER_FORMAT " cores: %s\n", get_text (cpu, "model"),
          json_integer_value (json_object_get (cpu, "cores")), features);
  printf ("products   %s\n", get_text (blas, "library"));
  printf ("           for %s%s, %" JSON_INTEGER_FORMAT " threads\n", get_text (blas, "core"),
          is_true (blas, "own_tiles") ? " and tiles of our own" : "",
          json_integer_value (json_object_get (blas, "threads")));
  printf ("kernels    %s\n", get_text (blas, "kernels"));
  printf ("bf16       %s\n", get_text (blas, "bf16"));
  print_decoder (json_object_get (findings, "decoder"));
  if (is_true (keyring, "available"))
    printf ("keyring    keeps the keys of endpoints\n");
  else
    printf ("keyring    none: %s\n", get_text (keyring, "reason"));
  printf ("disk       %s free: %s\n", space, get_text (disk, "folder"));
  for (size_t i = 0; i < json_array_size (warnings); i++)
    printf ("warning: %s\n", json_string_value (json_array_get (warnings, i)));
}

int
cmd_doctor (CliGlobal *global, int argc, char **argv)
{
  const GOptionEntry entries[] = { G_OPTION_ENTRY_NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) decoder_error = NULL;
  json_t *decoder, *disk, *warnings, *findings;

  if (!cli_parse (global, entries, "",
                  "Looks at processor, BLAS, image decoder and disk, and says what is in the way.",
                  "guisectl doctor", 0, 0, &argc, &argv))
    return CLI_USAGE;
  disk = create_disk (global->project, &error);
  if (disk == NULL)
    return cli_fail (global, error);
  decoder = create_decoder (&decoder_error);
  warnings = json_array ();
  warn_of_environment (warnings);
  warn_of_decoder (warnings, decoder);
  warn_of_disk (warnings, disk);
  findings = json_pack ("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "versions",
                        create_versions (), "blas", create_blas (), "cpu", create_cpu (), "decoder",
                        decoder, "keyring", create_keyring (), "disk",
                        disk, "warnings", warnings);
  if (!global->json && !global->quiet)
    print_findings (findings);
  cli_put_result (global, findings);
  return decoder_error == NULL ? CLI_DONE : CLI_FAILED;
}
