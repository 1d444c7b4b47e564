#include "demo-folder.h"

guint
demo_find_attribute (const char *name)
{
  guint a = 0;

  while (a < GUISE_DEMO_N_ATTRIBUTES && g_strcmp0 (guise_demo_attributes[a].name, name) != 0)
    a++;
  return a;
}

guint8
demo_find_value (guint attribute, const char *name)
{
  const GuiseDemoAttributeInfo *info = &guise_demo_attributes[attribute];
  guint v = 0;

  while (v < info->n_values && g_strcmp0 (info->values[v].name, name) != 0)
    v++;
  g_assert_cmpuint (v, <, info->n_values);
  return v;
}

static json_t *
load (const char *root, const char *name)
{
  g_autofree char *path = g_build_filename (root, name, NULL);
  json_error_t error;
  json_t *value = json_load_file (path, JSON_REJECT_DUPLICATES, &error);

  if (value == NULL)
    g_error ("%s: %s", path, error.text);
  return value;
}

static const char *
string_of (json_t *object, const char *key)
{
  const char *text = json_string_value (json_object_get (object, key));

  g_assert_nonnull (text);
  return text;
}

static int
int_of (json_t *object, const char *key)
{
  g_assert_true (json_is_integer (json_object_get (object, key)));
  return (int)json_integer_value (json_object_get (object, key));
}

static void
take_truth (DemoImage *image, json_t *record)
{
  const char *key;
  json_t *value;

  json_object_foreach (record, key, value)
  {
    guint a = demo_find_attribute (key);

    if (a < GUISE_DEMO_N_ATTRIBUTES)
      image->truth[a] = demo_find_value (a, json_string_value (value));
  }
}

static void
take_attributes (DemoFolder *folder, DemoImage *image, size_t i)
{
  json_t *own = json_array_get (json_object_get (folder->attributes, "images"), i);
  json_t *person
      = json_array_get (json_object_get (folder->attributes, "persons"), image->person - 1);
  json_t *outfit
      = json_array_get (json_object_get (folder->attributes, "outfits"), image->outfit - 1);
  json_t *hidden;
  size_t h;

  g_assert_cmpstr (string_of (own, "file_path"), ==, image->file_path);
  g_assert_cmpint (int_of (own, "person"), ==, image->person);
  g_assert_cmpint (int_of (own, "outfit"), ==, image->outfit);
  g_assert_cmpint (int_of (own, "camera"), ==, image->camera);
  g_assert_cmpint (int_of (person, "person"), ==, image->person);
  g_assert_cmpstr (string_of (person, "split"), ==, image->split);
  g_assert_cmpint (int_of (outfit, "outfit"), ==, image->outfit);
  g_assert_cmpint (int_of (outfit, "person"), ==, image->person);
  take_truth (image, person);
  take_truth (image, outfit);
  take_truth (image, own);
  json_array_foreach (json_object_get (own, "hidden"), h, hidden)
  {
    guint a = demo_find_attribute (json_string_value (hidden));

    g_assert_cmpuint (a, <, GUISE_DEMO_N_ATTRIBUTES);
    image->hidden[a] = TRUE;
  }
}

static DemoImage
read_record (json_t *record)
{
  json_t *captions = json_object_get (record, "captions");
  json_t *styles = json_object_get (record, "styles");
  json_t *descriptions = json_object_get (record, "descriptions");
  DemoImage image = { .file_path = string_of (record, "file_path"),
                      .split = string_of (record, "split"),
                      .person = int_of (record, "id"),
                      .outfit = int_of (record, "outfit"),
                      .camera = int_of (record, "camera"),
                      .identity = string_of (descriptions, "identity"),
                      .clothing = string_of (descriptions, "clothing") };

  g_assert_cmpuint (json_array_size (captions), ==, 2);
  g_assert_cmpuint (json_array_size (styles), ==, 2);
  g_assert_cmpuint (json_array_size (json_object_get (record, "processed_tokens")), ==, 2);
  for (guint c = 0; c < 2; c++) {
    image.captions[c] = json_string_value (json_array_get (captions, c));
    image.styles[c] = json_string_value (json_array_get (styles, c));
  }
  return image;
}

void
demo_folder_load (DemoFolder *folder, const char *root)
{
  json_t *record;
  size_t i;

  folder->records = load (root, "reid_raw.json");
  folder->attributes = load (root, "attributes.json");
  folder->planted = load (root, "planted.json");
  folder->images = g_array_new (FALSE, FALSE, sizeof (DemoImage));
  json_array_foreach (folder->records, i, record)
  {
    DemoImage image = read_record (record);

    take_attributes (folder, &image, i);
    g_array_append_val (folder->images, image);
  }
  g_assert_cmpuint (folder->images->len, ==,
                    json_array_size (json_object_get (folder->attributes, "images")));
}

void
demo_folder_clear (DemoFolder *folder)
{
  json_decref (folder->records);
  json_decref (folder->attributes);
  json_decref (folder->planted);
  g_clear_pointer (&folder->images, g_array_unref);
}
