/* A row of a form: a title, a hint or what is wrong with the entry beneath it, and the entry. Texts
 * are plain, never markup. Main thread only. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Adds a row to the group. hint: may be NULL. The entry is the group's. */
GtkEntry *guise_field_row_add (AdwPreferencesGroup *group, const char *title, const char *hint);
/* The row of an entry that was made here. */
AdwActionRow *guise_field_row_of (GtkEntry *entry);
/* What is wrong, a sentence, in the hint's place; NULL = nothing. */
void guise_field_row_set_error (GtkEntry *entry, const char *sentence);
/* Another hint. */
void guise_field_row_set_hint (GtkEntry *entry, const char *hint);
/* What is typed, without white space around it; NULL where that is nothing. */
char *guise_field_row_dup_text (GtkEntry *entry);

/* A plain row with a title, for values and other widgets. */
AdwActionRow *guise_plain_row_add (AdwPreferencesGroup *group, const char *title);

/* A row for a list at the side: two lines, and a mark for what is the user's own. */
GtkWidget *guise_side_row_new (const char *title, const char *subtitle, const char *mark);

G_END_DECLS
