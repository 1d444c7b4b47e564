/* How guise-root opens a file where the kernel has no openat2(): component by component, following
 * no symbolic link at all. */
#pragma once

/* A descriptor of path beneath the open folder; -1 with errno. EXDEV: an absolute path, `..`, or a
 * symbolic link anywhere in it. */
int guise_root_walk (int folder, const char *path);
