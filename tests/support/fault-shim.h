/* Faults in the system calls that write files: linked into a test, which arms them for its
 * children, or preloaded into a program (LD_PRELOAD), where the environment arms them.
 *
 * Only calls count that concern the folder: its files by descriptor, names in it. */
#pragma once

#include <stdbool.h>

typedef enum {
  FAULT_NONE,  /* count only */
  FAULT_KILL,  /* the process dies before the call */
  FAULT_POWER, /* the same, and what was not synced is lost or comes in any order */
  FAULT_ERROR, /* the call fails with `code` */
  FAULT_SHORT, /* half of it is written; other calls go through */
  FAULT_TERM,  /* SIGTERM comes, and the call goes through */
  FAULT_LATE,  /* SIGTERM comes once main() has returned, and the process takes its time to go */
} FaultKind;

enum {
  FAULT_ON_WRITE = 1 << 0, /* write, pwrite, ftruncate, fallocate, mkdir, open that makes a file */
  FAULT_ON_SYNC = 1 << 1,
  FAULT_ON_NAME = 1 << 2, /* rename, link, unlink */
  FAULT_ON_READ = 1 << 3,
  FAULT_ON_CHANGE = FAULT_ON_WRITE | FAULT_ON_SYNC | FAULT_ON_NAME,
};

typedef struct {
  FaultKind kind;
  unsigned on;   /* which calls count */
  long at;       /* the call that fails, from 1 */
  bool for_good; /* and all after it */
  int code;      /* errno */
  unsigned seed; /* POWER: which unsynced writes reach the disk; 0 = none */
} Fault;

/* folder: absolute, without symbolic links. */
void fault_arm (const char *folder, const Fault *fault);
/* Another fault in the same folder, with the files that are open in it; counts anew. */
void fault_rearm (const Fault *fault);
void fault_disarm (void);
/* Calls counted since; whether the fault has happened. */
long fault_get_n_calls (void);
bool fault_has_happened (void);

/* The environment of a preloaded program: FAULT_DIR, FAULT_KIND (kill, power, short, term, or the
 * name of an error: ENOSPC, EIO, EROFS, EDQUOT), FAULT_AT, FAULT_ON (write, sync, name, read; comma
 * separated; default all but read), FAULT_FOR_GOOD=1. */
