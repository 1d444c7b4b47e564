/* Addresses of endpoints, taken apart by libcurl's own parser and by nothing else: what is checked
 * here is what the transfer uses. Any thread; errors are GUISE_ENDPOINT_ERROR. */
#pragma once

#include <gio/gio.h>

/* text as a base address without a slash at its end: http or https, no user name, no fragment, an
 * ASCII host, no white space or control characters; plain http only where the host is this machine.
 * An address without a path gets "/v1", where all servers have it. NULL with an error. */
char *guise_url_check (const char *text, GError **error);

/* What the keys of settings begin with that say, for a host, what was decided in the window:
 * {"choice": "project" | "never" | "", …}. */
#define GUISE_CONSENT_PREFIX "captions.consent/"

/* Whether the host is this machine: localhost, 127.x.x.x, ::1. FALSE for what is no address. */
gboolean guise_url_is_loopback (const char *url);
/* Where pictures of people would be sent off this machine, somebody must have said so. */
gboolean guise_url_check_consent (const char *url, gboolean allow_remote, GError **error);

/* A checked base address with "/chat/completions" behind its path, its query kept. */
char *guise_url_create_chat (const char *base, GError **error);
/* "host" or "host:port" in its one spelling; "?" for what is no address. */
char *guise_url_dup_host (const char *url);
/* The address without query, for messages: a query may hold what nobody else should read. */
char *guise_url_dup_shown (const char *url);
