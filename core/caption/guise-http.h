/* One POST by libcurl, within bounds: no redirects, no cookies, no other protocol, TLS verified,
 * answers counted as they come, whatever their headers promise. Whoever performs it (a multi
 * handle, or curl_easy_perform) calls guise_http_read afterwards. One thread at a time. */
#pragma once

#include "guise-endpoint.h"
#include "guise-secrets.h"

#include <curl/curl.h>

#define GUISE_HTTP_ERROR (guise_http_error_quark ())
GQuark guise_http_error_quark (void);

typedef enum {
  GUISE_HTTP_ERROR_RESOLVE,   /* the host's name is not known */
  GUISE_HTTP_ERROR_CONNECT,   /* nobody listens, no way there */
  GUISE_HTTP_ERROR_PROXY,     /* the same of the proxy */
  GUISE_HTTP_ERROR_TIMEOUT,   /* no whole answer in time */
  GUISE_HTTP_ERROR_BROKEN,    /* the connection ended before the answer did */
  GUISE_HTTP_ERROR_TLS,       /* a certificate that is not trusted, or no TLS at all */
  GUISE_HTTP_ERROR_TOO_LARGE, /* a body or headers beyond the bounds */
  GUISE_HTTP_ERROR_MEMORY,
} GuiseHttpError;

#define GUISE_HTTP_MAX_BODY (8 << 20)
#define GUISE_HTTP_MAX_HEADERS (64 << 10)

typedef struct {
  guint status;
  char *content_type;   /* or NULL, and so on */
  char *retry_after;    /* header "Retry-After" */
  char *retry_after_ms; /* header "retry-after-ms" */
  char *location_host;  /* of a redirection, which was not followed */
  const guint8 *body;   /* borrowed from the request */
  gsize size;
  double ms; /* from the first byte out to the last one in */
} GuiseHttpReply;

typedef struct _GuiseHttp GuiseHttp;

/* Once before the first request; any thread. */
void guise_http_init (void);

/* url: where to; body: JSON, taken; key may be NULL. The endpoint gives auth, CA file and proxy.
 * NULL with GUISE_HTTP_ERROR_MEMORY. */
GuiseHttp *guise_http_new (const GuiseEndpoint *endpoint, const char *url, GuiseKey *key,
                           char *body, guint connect_ms, guint total_ms, GError **error);
void guise_http_free (GuiseHttp *http);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseHttp, guise_http_free)
CURL *guise_http_get_easy (GuiseHttp *http);

/* What came, result being what libcurl said. FALSE with GUISE_HTTP_ERROR where nothing whole came;
 * reply is cleared by guise_http_reply_clear and valid as long as http. */
gboolean guise_http_read (GuiseHttp *http, CURLcode result, GuiseHttpReply *reply, GError **error);
void guise_http_reply_clear (GuiseHttpReply *reply);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuiseHttpReply, guise_http_reply_clear)
