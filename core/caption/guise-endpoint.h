/* Endpoints: where a vision model is asked and in which dialect. A profile is a JSON file, shipped
 * (data/endpoints) or the user's own (~/.config/guise/endpoints); it never holds a key, only the
 * name of an environment variable, or the keyring has it (guise-secrets.h). Plain data: one thread
 * at a time. */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

#define GUISE_ENDPOINT_ERROR (guise_endpoint_error_quark ())
GQuark guise_endpoint_error_quark (void);

typedef enum {
  GUISE_ENDPOINT_ERROR_URL,     /* an address that is not used */
  GUISE_ENDPOINT_ERROR_CONSENT, /* another machine, and nobody allowed it */
  GUISE_ENDPOINT_ERROR_KEY,     /* no key, or one that is not used */
  GUISE_ENDPOINT_ERROR_PROFILE, /* a profile that cannot be read */
  GUISE_ENDPOINT_ERROR_PICTURE, /* a picture that cannot be made ready */
  GUISE_ENDPOINT_ERROR_MEMORY,  /* libcurl or jansson got none */
} GuiseEndpointError;

typedef enum {
  GUISE_AUTH_NONE,    /* local servers; a key that is there is sent as Bearer */
  GUISE_AUTH_BEARER,  /* Authorization: Bearer KEY */
  GUISE_AUTH_API_KEY, /* api-key: KEY, Azure */
} GuiseAuth;

/* How a structured answer is asked for, best first. */
typedef enum {
  GUISE_FORMAT_JSON_SCHEMA, /* response_format with the nested schema */
  GUISE_FORMAT_JSON_OBJECT, /* response_format "json_object" */
  GUISE_FORMAT_PROMPTED,    /* words only */
} GuiseFormat;

/* Members of a request that some server may refuse. */
typedef enum {
  GUISE_PARAMETER_TEMPERATURE = 1 << 0,
  GUISE_PARAMETER_TOP_P = 1 << 1,
  GUISE_PARAMETER_SEED = 1 << 2,
  GUISE_PARAMETER_THINKING = 1 << 3, /* what switches thinking off */
  GUISE_PARAMETER_DETAIL = 1 << 4,
} GuiseParameters;

typedef struct {
  char *name;  /* of the file: lower case, digits, '-' */
  char *title; /* for people */
  char *note;  /* one sentence for people, or NULL */
  char *url;   /* base address, checked; NULL in a template that needs one ("azure", "custom") */
  char *model; /* or NULL */
  GuiseAuth auth;
  char *key_env;       /* name of the environment variable that may hold the key, or NULL */
  guint formats;       /* bits 1 << GuiseFormat; PROMPTED always among them */
  char *token_field;   /* "max_tokens" or "max_completion_tokens" */
  char *detail;        /* of image_url: "low", "high", "auto"; NULL: not sent */
  json_t *thinking;    /* members that switch thinking off, or NULL */
  json_t *extra;       /* members of every request, or NULL */
  guint omit;          /* bits of GuiseParameters that are not sent */
  char *ca_file;       /* certificates to trust besides the system's, or NULL */
  char *proxy;         /* address; NULL: the environment decides; "": none */
  double prompt_price; /* for a million tokens; NaN unknown */
  double completion_price;
} GuiseEndpoint;

/* The name of every endpoint that is no profile: one is told from another by its address. */
#define GUISE_ENDPOINT_TYPED "custom"

/* An endpoint of the most common kind for an address that somebody typed, checked. */
GuiseEndpoint *guise_endpoint_new (const char *url, const char *model, GError **error);
GuiseEndpoint *guise_endpoint_copy (const GuiseEndpoint *endpoint);
void guise_endpoint_free (GuiseEndpoint *endpoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseEndpoint, guise_endpoint_free)

/* Another address, checked. */
gboolean guise_endpoint_set_url (GuiseEndpoint *endpoint, const char *url, GError **error);
/* The best format that the endpoint has at or below `from`. */
GuiseFormat guise_endpoint_get_format (const GuiseEndpoint *endpoint, GuiseFormat from);
/* "json_schema", "json_object", "prompted". */
const char *guise_format_get_name (GuiseFormat format);
/* The bit of the member called name, 0 for another; the first one among bits. */
guint guise_parameter_from_name (const char *name);

/* Strict: unknown members are errors, and so is anything that looks like a key. where is for
 * messages. */
GuiseEndpoint *guise_endpoint_from_json (json_t *object, const char *where, GError **error);
json_t *guise_endpoint_to_json (const GuiseEndpoint *endpoint);

/* Shipped profiles and the user's, by name; a user's profile stands in a shipped one's place.
 * Array of GuiseEndpoint; a file that cannot be read is left out and adds its sentence to problems
 * (array of char *, may be NULL). */
GPtrArray *guise_endpoint_list (GPtrArray *problems);
/* One of them; NULL with an error. */
GuiseEndpoint *guise_endpoint_find (const char *name, GError **error);
/* Writes it among the user's profiles under its name. */
gboolean guise_endpoint_save (const GuiseEndpoint *endpoint, GError **error);
/* Whether the user has a profile of that name, in a shipped one's place or not; blocks. */
gboolean guise_endpoint_is_own (const char *name);
/* Takes the user's profile away; a shipped one of that name is there again. */
gboolean guise_endpoint_remove (const char *name, GError **error);
