#include "guise-verdicts.h"

static const char *const level_names[] = { "ok", "warn", "fail" };

json_t *
guise_verdicts_to_json (const GArray *verdicts)
{
  json_t *object = json_object ();

  for (guint i = 0; i < verdicts->len; i++) {
    const GuiseVerdict *verdict = &g_array_index (verdicts, GuiseVerdict, i);
    json_t *entry = json_pack ("{s:s}", "level", level_names[verdict->level]);

    if (verdict->level != GUISE_VERDICT_OK) {
      json_object_set_new (entry, "sentence", json_string (verdict->sentence));
      json_object_set_new (entry, "start", json_integer ((json_int_t)verdict->start));
      json_object_set_new (entry, "length", json_integer ((json_int_t)verdict->length));
    }
    json_object_set_new (object, guise_check_get_name (verdict->check), entry);
  }
  return object;
}

const char *
guise_verdicts_get_worst (const GArray *verdicts)
{
  const GuiseVerdict *worst = NULL;

  for (guint i = 0; i < verdicts->len; i++) {
    const GuiseVerdict *verdict = &g_array_index (verdicts, GuiseVerdict, i);

    if (verdict->level != GUISE_VERDICT_OK && (worst == NULL || verdict->level > worst->level))
      worst = verdict;
  }
  return worst != NULL ? worst->sentence : NULL;
}
