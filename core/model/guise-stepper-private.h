/* What the files of the stepper share: its state, and its lanes. For these files only. */
#pragma once

#include "guise-stepper.h"

G_BEGIN_DECLS

typedef enum { TOWER_IMAGE,
               TOWER_TEXT,
               N_TOWERS } Tower;

/* A lane's share of one tower: items from … to-1, run in portions; the tape holds the portion that
 * ran last. */
typedef struct {
  GraphTape *tape;
  gsize from, to, portion;
  gsize on_tape; /* first item of the portion on the tape */
  GraphTensor *out[2];
} Share;

/* What the losses read of a text. */
enum { ALIGNED,
       T,
       U,
       N_READINGS };

typedef struct {
  Share share[N_TOWERS];
  GraphTape *heads_tape; /* the heads of its texts, all portions together */
  GraphTensor *features_in, *reading[N_READINGS];
  nn_real *grads;
} Lane;

struct _GuiseStepper {
  GuiseModel *model;
  NnTeam *team;
  gsize n_lanes;
  Lane *lanes;
  gboolean trains[N_TOWERS];
  const GuisePeers *peers; /* NULL = none */
  gsize *cut;              /* room for the bounds of lanes or processes */
  const GuiseBatch *batch;
  double dropout;
  gsize capacity;                /* images for which the arrays below have room */
  nn_real *pooled[2];            /* [B,D] identity, clothing */
  nn_real *frozen;               /* [B, rows, D]: what the first trained block reads, where the
                                  * portions run twice; else NULL */
  nn_real *features;             /* [3B,Dt]: text kind after text kind */
  nn_real *readings[N_READINGS]; /* [3B,F] */
  GraphTape *heads_tape;
  GraphTensor *pooled_in[2], *readings_in[N_READINGS];
  GuiseImageHeads image;
  GuiseTextHeads texts[GUISE_N_TEXTS];
  GuiseLosses losses;
  gdouble *piece_squares;
};

/* Gives every lane its images and texts. */
void guise_stepper_share_out (GuiseStepper *stepper);
/* What this process has of a tower's items; with peers, cut holds everybody's bounds then. */
void guise_stepper_get_own (GuiseStepper *stepper, Tower tower, gsize *from, gsize *to);
/* For nn_team_run(): lane `job` runs forward, up to the texts' heads; data is the stepper. */
void guise_stepper_run_lane (gsize job, gpointer data);
/* The same lane backward, from the gradients of pooled_in and readings_in. */
void guise_stepper_run_lane_back (gsize job, gpointer data);
/* The tapes' dropout masks draw from seeds of their own. The batch's seed itself serves the choice
 * of wrong partners, with counters far below these. */
guint64 guise_stepper_get_dropout_seed (const GuiseStepper *stepper, guint tape);

G_END_DECLS
