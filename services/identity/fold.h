/*
 * fold: names in the one form in which they are compared: upper-case letters and digits, one blank between words. Pure.
 * Latin letters of Unicode (Latin-1, Extended-A and -B, Extended Additional) lose their marks as ICU's Latin-ASCII does
 * (a test compares them all); apostrophes and points fall; hyphens and blanks part words. A byte that is not UTF-8
 * counts as Latin-1, since old senders declare nothing. Letters of other scripts stay as they are.
 */
#ifndef IDENTITY_FOLD_H
#define IDENTITY_FOLD_H

#include "base/base.h"

#define FOLD_SIZE 48 /* of a folded name, with its zero; longer names are cut */

/* Terminated; returns out. */
char *fold_name(struct ho_slice name, char out[FOLD_SIZE]);
/* The same without a generation at the end (JR, SR, II, III, IV), when another word stands before it. */
char *fold_family(struct ho_slice name, char out[FOLD_SIZE]);
/* Digits of a phone number, at most the last 10, no extension (x22); empty when fewer than 7 or all the same. */
#define FOLD_PHONE_SIZE 11
char *fold_phone(struct ho_slice phone, char out[FOLD_PHONE_SIZE]);
/* The five digits of a ZIP code; empty when there are none or all are the same. */
#define FOLD_ZIP_SIZE 6
char *fold_zip(struct ho_slice zip, char out[FOLD_ZIP_SIZE]);

/* How two folded names compare. */
enum fold_likeness {
    FOLD_DIFFERENT, /* or one is empty */
    FOLD_PART,      /* a word of the one is the whole of the other */
    FOLD_NEAR,      /* one letter more, less, other or two swapped; of at least 4 letters */
    FOLD_SAME       /* blanks aside */
};
enum fold_likeness fold_compare(const char *a, const char *b);
/* The two numbers agree: the shorter (7 digits at least) is the end of the longer. */
bool fold_same_phone(const char *a, const char *b);

#endif
