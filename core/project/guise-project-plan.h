/* What a job of a plan would have to do. For the files of this folder only. */
#pragma once

#include "guise-project-captions.h"

typedef struct {
  GArray *image_ids; /* of gint64 */
  GPtrArray *styles; /* of const char *, borrowed from the plan */
  guint n_matching;  /* images, those that have descriptions too */
  guint n_split;     /* items that are left out: the splitter described them in the model's stead */
  guint n_vain;      /* items that are left out: the model was asked before, in vain */
  gint64 vain_in;    /* the job of one of these */
} GuisePlanItems;

void guise_plan_items_clear (GuisePlanItems *items);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuisePlanItems, guise_plan_items_clear)

/* Whether the prompt has a use for the plan's styles. */
gboolean guise_caption_plan_check_styles (const GuiseCaptionPlan *plan, GError **error);
/* db NULL: no model was asked yet. job_id: of the job that goes on by this plan, 0 = none; its
 * images count for the plan's limit, and only others are listed. items is zero before. */
gboolean guise_caption_plan_list (GuiseProject *project, GuiseCaptionDb *db,
                                  const GuiseCaptionPlan *plan, gint64 job_id,
                                  GuisePlanItems *items, GError **error);
