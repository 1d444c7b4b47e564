/* What stands in the form of a job by a model. */
#include "guise-model-group-private.h"

#include "guise-reason-text.h"
#include "guise-url.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

void
guise_model_form_clear (GuiseModelForm *form)
{
  guise_endpoint_free (form->endpoint);
  g_free (form->name);
  g_free (form->filter);
  g_strfreev (form->styles);
}

static char *
dup_text (gpointer row)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));
}

const GuiseEndpoint *
guise_model_form_get_profile (GuiseModelGroup *self)
{
  for (guint i = 0; self->choices != NULL && i < self->choices->endpoints->len; i++) {
    const GuiseEndpoint *endpoint = self->choices->endpoints->pdata[i];

    if (g_strcmp0 (endpoint->name, self->endpoint.id) == 0)
      return endpoint;
  }
  return NULL;
}

gboolean
guise_model_form_has_address (GuiseModelGroup *self)
{
  return g_strcmp0 (self->endpoint.id, "") == 0;
}

static gboolean
read_endpoint (GuiseModelGroup *self, GuiseModelForm *form, char **problem)
{
  const GuiseEndpoint *profile = guise_model_form_get_profile (self);
  g_autofree char *model = dup_text (self->model_row);
  g_autofree char *address = dup_text (self->address_row);
  g_autoptr (GError) error = NULL;

  if (profile != NULL) {
    form->endpoint = guise_endpoint_copy (profile);
    form->name = g_strdup (profile->name);
  } else if (!guise_model_form_has_address (self)) {
    *problem = g_strdup_printf (_ ("“%s” is gone. Choose another endpoint."),
                                self->endpoint.title);
    return FALSE;
  } else if (*address == '\0') {
    *problem = g_strdup (_ ("Say where the model is asked: an address such as "
                            "http://127.0.0.1:8080/v1."));
    return FALSE;
  } else {
    form->endpoint = guise_endpoint_new (address, NULL, &error);
    form->name = g_strdup (address);
  }
  if (form->endpoint == NULL)
    *problem = guise_reason_dup_sentence (error->message);
  else if (*model == '\0')
    *problem = g_strdup (_ ("Say which model is asked."));
  else {
    g_free (form->endpoint->model);
    form->endpoint->model = g_steal_pointer (&model);
  }
  return *problem == NULL;
}

/* "" = no limit. */
static gboolean
read_count (gpointer row, guint64 max, guint64 *number)
{
  g_autofree char *text = dup_text (row);

  *number = 0;
  return *text == '\0' || g_ascii_string_to_unsigned (text, 10, 1, max, number, NULL);
}

static gboolean
read_cost (gpointer row, double *cost)
{
  g_autofree char *text = dup_text (row);
  char *end;

  *cost = 0;
  if (*text == '\0')
    return TRUE;
  g_strdelimit (text, ",", '.'); /* as some languages write it */
  *cost = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && isfinite (*cost) && *cost > 0;
}

static void
mark (gpointer row, gboolean wrong)
{
  if (wrong)
    gtk_widget_add_css_class (GTK_WIDGET (row), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (row), "error");
}

void
guise_model_form_check_address (GuiseModelGroup *self)
{
  g_autofree char *address = dup_text (self->address_row);
  g_autoptr (GError) error = NULL;
  g_autofree char *checked = *address != '\0' ? guise_url_check (address, &error) : NULL;
  g_autofree char *why = error != NULL ? guise_reason_dup_sentence (error->message) : NULL;
  gboolean wrong = why != NULL && guise_model_form_has_address (self);

  mark (self->address_row, wrong);
  gtk_widget_set_visible (GTK_WIDGET (self->address_problem), wrong);
  if (wrong)
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->address_problem), why);
}

static gboolean
read_limits (GuiseModelGroup *self, GuiseModelForm *form, char **problem)
{
  gboolean limit = read_count (self->limit_row, G_MAXINT32, &form->limit);
  gboolean tokens = read_count (self->tokens_row, G_MAXINT64, &form->max_tokens);
  gboolean cost = read_cost (self->cost_row, &form->max_cost);

  mark (self->limit_row, !limit);
  mark (self->tokens_row, !tokens);
  mark (self->cost_row, !cost);
  if (!limit || !tokens || !cost)
    *problem = g_strdup (_ ("A limit is a number above zero, or empty for none."));
  return *problem == NULL;
}

static gboolean
read_filter (GuiseModelGroup *self, GuiseModelForm *form, char **problem)
{
  form->filter = dup_text (self->filter_row);
  *problem = guise_filter_dup_problem (form->filter);
  mark (self->filter_row, *problem != NULL);
  return *problem == NULL;
}

gboolean
guise_model_form_read (GuiseModelGroup *self, GuiseModelForm *form, char **problem)
{
  *problem = NULL;
  if (guise_store_is_read_only (guise_page_get_store (self->page))) {
    *problem = g_strdup (_ ("This project is open for reading only."));
    return FALSE;
  }
  if (!read_limits (self, form, problem) || !read_endpoint (self, form, problem))
    return FALSE;
  if (self->prompt.id == NULL || guise_choice_is_gone (&self->prompt)) {
    *problem = self->prompt.id == NULL
                   ? g_strdup (_ ("There is no prompt to ask with."))
                   : g_strdup_printf (_ ("“%s” is gone. Choose another prompt."),
                                      self->prompt.title);
    return FALSE;
  }
  form->prompt = self->prompt.id;
  if (!read_filter (self, form, problem))
    return FALSE;
  form->styles = guise_style_choice_dup_chosen (self->styles_row);
  if (form->styles != NULL && *form->styles == NULL)
    *problem = g_strdup (_ ("Choose a style, or switch styles off."));
  return *problem == NULL;
}

/* ---- remembering it ---- */

static gpointer
get_row (GuiseModelGroup *self, guint i, const char **name)
{
  static const char *const names[GUISE_MODEL_N_TEXTS]
      = { "address", "model", "filter", "limit", "tokens", "cost" };
  gpointer rows[GUISE_MODEL_N_TEXTS] = { self->address_row, self->model_row, self->filter_row,
                                         self->limit_row, self->tokens_row, self->cost_row };

  *name = names[i];
  return rows[i];
}

gpointer
guise_model_form_get_text_row (GuiseModelGroup *self, guint i)
{
  const char *name;

  return get_row (self, i, &name);
}

GVariant *
guise_model_group_save_state (GuiseModelGroup *self)
{
  g_auto (GVariantDict) state = G_VARIANT_DICT_INIT (NULL);
  g_auto (GStrv) refused = guise_style_choice_dup_refused (self->styles_row);

  if (self->endpoint.id != NULL)
    g_variant_dict_insert (&state, "endpoint", "s", self->endpoint.id);
  if (self->profiles_model != NULL)
    g_variant_dict_insert (&state, "profiles-model", "s", self->profiles_model);
  if (self->prompt.id != NULL)
    g_variant_dict_insert (&state, "prompt", "s", self->prompt.id);
  g_variant_dict_insert (&state, "styles", "b", guise_style_choice_is_on (self->styles_row));
  g_variant_dict_insert (&state, "styles-left-out", "^as", refused);
  for (guint i = 0; i < GUISE_MODEL_N_TEXTS; i++) {
    const char *name;
    GtkEditable *row = get_row (self, i, &name);

    g_variant_dict_insert (&state, name, "s", gtk_editable_get_text (row));
  }
  return g_variant_dict_end (&state);
}

void
guise_model_group_restore_state (GuiseModelGroup *self, GVariant *saved)
{
  g_auto (GVariantDict) state = G_VARIANT_DICT_INIT (saved);
  g_auto (GStrv) refused = NULL;
  const char *text;
  gboolean on = FALSE;

  if (g_variant_dict_lookup (&state, "endpoint", "&s", &text))
    guise_choice_restore (&self->endpoint, text);
  g_clear_pointer (&self->profiles_model, g_free);
  g_variant_dict_lookup (&state, "profiles-model", "s", &self->profiles_model);
  if (g_variant_dict_lookup (&state, "prompt", "&s", &text))
    guise_choice_restore (&self->prompt, text);
  g_variant_dict_lookup (&state, "styles", "b", &on);
  g_variant_dict_lookup (&state, "styles-left-out", "^as", &refused);
  guise_style_choice_restore (self->styles_row, on, (const char *const *)refused);
  for (guint i = 0; i < GUISE_MODEL_N_TEXTS; i++) {
    const char *name;
    GtkEditable *row = get_row (self, i, &name);

    if (g_variant_dict_lookup (&state, name, "&s", &text))
      gtk_editable_set_text (row, text);
  }
}
