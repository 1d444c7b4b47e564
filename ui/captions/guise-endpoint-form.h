/* GuiseEndpointForm: the fields of one profile, each with what is wrong with it beside it, and the
 * key of it, which goes into the keyring and nowhere else. Main thread only.
 *
 * Signal "edited" (): a field was changed by the user. */
#pragma once

#include "guise-endpoint.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define GUISE_TYPE_ENDPOINT_FORM (guise_endpoint_form_get_type ())
G_DECLARE_FINAL_TYPE (GuiseEndpointForm, guise_endpoint_form, GUISE, ENDPOINT_FORM, GtkWidget)

GtkWidget *guise_endpoint_form_new (void);

/* Shows it; copied. */
void guise_endpoint_form_set_endpoint (GuiseEndpointForm *self, const GuiseEndpoint *endpoint);
/* What the fields say; a wrong one as it was before, and then *good is FALSE. NULL before the first
 * one was set. */
GuiseEndpoint *guise_endpoint_form_create_endpoint (GuiseEndpointForm *self, gboolean *good);
/* The file of certificates turned out not to be there. */
void guise_endpoint_form_set_ca_error (GuiseEndpointForm *self, const char *sentence);

G_END_DECLS
