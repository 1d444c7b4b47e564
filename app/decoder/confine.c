#include "confine.h"
#include "guise-decoder-protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifdef GUISE_SECCOMP
#include <seccomp.h>
#endif

#define MEMORY_LIMIT ((rlim_t)1 << 30)
#define CPU_SECONDS 20 /* for one image */
#define MAX_PIXELS ((rlim_t)64 << 20)

/* A smaller one that is there already, as batch systems set them, is as good. */
static gboolean
set_limit (int resource, rlim_t limit)
{
  struct rlimit old;

  if (getrlimit (resource, &old) != 0)
    return FALSE;
  limit = MIN (limit, old.rlim_max);
  return setrlimit (resource, &(struct rlimit){ limit, limit }) == 0;
}

guint
confine_limits (void)
{
  signal (SIGINT, SIG_IGN);  /* Ctrl+C is the parent's to answer; it may still want its images */
  signal (SIGXFSZ, SIG_IGN); /* a write fails instead */
  if (prctl (PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0
      || !set_limit (RLIMIT_CORE, 0) || !set_limit (RLIMIT_FSIZE, 3 * MAX_PIXELS)
#ifndef GUISE_INSTRUMENTED /* sanitizers map terabytes */
      || !set_limit (RLIMIT_AS, MEMORY_LIMIT)
#endif
      || !set_limit (RLIMIT_NOFILE, 64))
    return 0;
  return GUISE_DECODER_LIMITED | GUISE_DECODER_UNPRIVILEGED;
}

void
confine_grant_cpu_time (void)
{
  struct timespec used;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &used);
  setrlimit (RLIMIT_CPU, &(struct rlimit){ (rlim_t)used.tv_sec + 1 + CPU_SECONDS, RLIM_INFINITY });
}

#ifdef GUISE_SECCOMP

/* Needed whatever their arguments are: none of them opens, names or reaches anything. */
static const int free_calls[] = {
  SCMP_SYS (read),
  SCMP_SYS (pread64),
  SCMP_SYS (write),
  SCMP_SYS (writev),
  SCMP_SYS (recvmsg),
  SCMP_SYS (sendmsg),
  SCMP_SYS (close),
  SCMP_SYS (lseek),
  SCMP_SYS (fstat),
  SCMP_SYS (brk),
  SCMP_SYS (munmap),
  SCMP_SYS (mremap),
  SCMP_SYS (madvise),
  SCMP_SYS (memfd_create),
  SCMP_SYS (ftruncate),
  SCMP_SYS (futex),
  SCMP_SYS (clock_gettime),
  SCMP_SYS (clock_getres),
  SCMP_SYS (gettimeofday),
  SCMP_SYS (getrandom),
  SCMP_SYS (getpid),
  SCMP_SYS (gettid),
  SCMP_SYS (sched_yield),
  SCMP_SYS (sched_getaffinity),
  SCMP_SYS (rt_sigprocmask),
  SCMP_SYS (rt_sigreturn),
  SCMP_SYS (restart_syscall),
  SCMP_SYS (exit),
  SCMP_SYS (exit_group),
};

/* Memory is never both foreign and executable; limits are raised for the processor's time only; a
 * descriptor is sealed or asked for its flags, a file looked at through its descriptor only. */
static gboolean
add_bounded_calls (scmp_filter_ctx filter)
{
  const int no_code[] = { SCMP_SYS (mmap), SCMP_SYS (mprotect) };
  const int commands[] = { F_ADD_SEALS, F_GET_SEALS, F_GETFD, F_GETFL };
  int result = 0;

  for (guint i = 0; i < G_N_ELEMENTS (no_code); i++)
    result |= seccomp_rule_add (filter, SCMP_ACT_ALLOW, no_code[i], 1,
                                SCMP_A2 (SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    result |= seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (fcntl), 1,
                                SCMP_A1 (SCMP_CMP_EQ, (scmp_datum_t)commands[i]));
  result |= seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (prlimit64), 2,
                              SCMP_A0 (SCMP_CMP_EQ, 0), SCMP_A1 (SCMP_CMP_EQ, RLIMIT_CPU));
  result |= seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (setrlimit), 1,
                              SCMP_A0 (SCMP_CMP_EQ, RLIMIT_CPU));
  result |= seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (newfstatat), 1,
                              SCMP_A3 (SCMP_CMP_EQ, AT_EMPTY_PATH));
  return result == 0;
}

/* Refused calls fail and do not kill: C libraries ask for things that they can do without. */
static gboolean
install_filter (void)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ERRNO (EPERM));
  gboolean is_good = filter != NULL;

  for (guint i = 0; is_good && i < G_N_ELEMENTS (free_calls); i++)
    is_good = seccomp_rule_add (filter, SCMP_ACT_ALLOW, free_calls[i], 0) == 0;
  is_good = is_good && add_bounded_calls (filter) && seccomp_load (filter) == 0;
  if (filter != NULL)
    seccomp_release (filter);
  return is_good;
}

/* Tried, not believed. */
static gboolean
can_open_files (void)
{
  int fd = open ("/", O_PATH | O_CLOEXEC);

  if (fd >= 0)
    close (fd);
  return fd >= 0 || errno != EPERM;
}

gboolean
confine_calls (const char **why)
{
  if (install_filter () && !can_open_files ())
    return TRUE;
  *why = "the kernel takes no system call filter";
  return FALSE;
}

#else

gboolean
confine_calls (const char **why)
{
  *why = "an instrumented build (sanitizers, coverage) needs more calls";
  return FALSE;
}

#endif
