/* The folder of a small CLIP model with random weights, for tests that need one to run. */
#pragma once

/* Copies the golden model to `to` and puts a tokenizer beside it, which knows some letters. */
void clip_folder_make (const char *to);
