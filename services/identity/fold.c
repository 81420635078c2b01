#include "identity/fold.h"

/* Two characters a letter from U+00C0 to U+024F; '.' fills up. Latin-ASCII of ICU 72, then upper case. */
static const char latin[] =
    "A.A.A.A.A.A.AEC.E.E.E.E.I.I.I.I.D.N.O.O.O.O.O...O.U.U.U.U.Y.THSSA.A.A.A.A.A.AEC.E.E.E.E.I.I.I.I."
    "D.N.O.O.O.O.O...O.U.U.U.U.Y.THY.A.A.A.A.A.A.C.C.C.C.C.C.C.C.D.D.D.D.E.E.E.E.E.E.E.E.E.E.G.G.G.G."
    "G.G.G.G.H.H.H.H.I.I.I.I.I.I.I.I.I.I.IJIJJ.J.K.K.Q.L.L.L.L.L.L.L.L.L.L.N.N.N.N.N.N.N.N.N.O.O.O.O."
    "O.O.OEOER.R.R.R.R.R.S.S.S.S.S.S.S.S.T.T.T.T.T.T.U.U.U.U.U.U.U.U.U.U.U.U.W.W.Y.Y.Y.Z.Z.Z.Z.Z.Z.S."
    "B.B.B.B.......C.C.D.D.D.D.......E.F.F.G...HVI.I.K.K.L.....N.N...O.O.OIOIP.P...........T.T.T.T.U."
    "U...V.Y.Y.Z.Z...........................DZDZDZLJLJLJNJNJNJA.A.I.I.O.O.U.U.U.U.U.U.U.U.U.U...A.A."
    "A.A.AEAEG.G.G.G.K.K.O.O.O.O.....J.DZDZDZG.G.....N.N.A.A.AEAEO.O.A.A.A.A.E.E.E.E.I.I.I.I.O.O.O.O."
    "R.R.R.R.U.U.U.U.S.S.T.T.....H.H...D.....Z.Z.A.A.E.E.O.O.O.O.O.O.O.O.Y.Y.L.N.T.J.DBQPA.C.C.L.T.S."
    "Z.....B.U...E.E.J.J.....R.R.Y.Y.";

/* The same from U+1E00 to U+1EFF. */
static const char additional[] =
    "A.A.B.B.B.B.B.B.C.C.D.D.D.D.D.D.D.D.D.D.E.E.E.E.E.E.E.E.E.E.F.F.G.G.H.H.H.H.H.H.H.H.H.H.I.I.I.I."
    "K.K.K.K.K.K.L.L.L.L.L.L.L.L.M.M.M.M.M.M.N.N.N.N.N.N.N.N.O.O.O.O.O.O.O.O.P.P.P.P.R.R.R.R.R.R.R.R."
    "S.S.S.S.S.S.S.S.S.S.T.T.T.T.T.T.T.T.U.U.U.U.U.U.U.U.U.U.V.V.V.V.W.W.W.W.W.W.W.W.W.W.X.X.X.X.Y.Y."
    "Z.Z.Z.Z.Z.Z.H.T.W.Y.A.S.S.S.SS..A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.E.E.E.E.E.E.E.E."
    "E.E.E.E.E.E.E.E.I.I.I.I.O.O.O.O.O.O.O.O.O.O.O.O.O.O.O.O.O.O.O.O.O.O.O.O.U.U.U.U.U.U.U.U.U.U.U.U."
    "U.U.Y.Y.Y.Y.Y.Y.Y.Y.LLLLV.V.Y.Y.";

_Static_assert(sizeof latin - 1 == 2 * (0x24f - 0xc0 + 1), "two characters a letter");
_Static_assert(sizeof additional - 1 == 2 * 256, "two characters a letter");

/* One code point of text from *at on; a byte that is not UTF-8 is its own Latin-1 code point. */
static uint32_t next_code(struct ho_slice text, size_t *at)
{
    const unsigned char *p = (const unsigned char *)text.ptr + *at;
    size_t left = text.len - *at, more = p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 1 : p[0] < 0xf0 ? 2 : p[0] < 0xf5 ? 3 : 0;
    uint32_t code = p[0];
    if (more && more < left) {
        uint32_t value = p[0] & (0x3fu >> more);
        size_t i = 1;
        for (; i <= more && (p[i] & 0xc0) == 0x80; i++)
            value = value << 6 | (p[i] & 0x3fu);
        if (i > more) {
            *at += more + 1;
            return value;
        }
    }
    *at += 1;
    return code;
}

/* What stands for a code point: 0 nothing, 1 a blank, 2 the letters in out. */
static int letters_of(uint32_t code, char out[2])
{
    out[0] = out[1] = '.';
    if (code < 0x80) {
        out[0] = code >= 'a' && code <= 'z' ? (char)(code - 32) : (char)code;
        bool letter = (out[0] >= 'A' && out[0] <= 'Z') || (code >= '0' && code <= '9');
        return letter ? 2 : code <= ' ' || code == '-' || code == '/' || code == ',' || code == '_';
    }
    if (code >= 0xc0 && code <= 0x24f)
        memcpy(out, latin + 2 * (code - 0xc0), 2);
    else if (code >= 0x1e00 && code <= 0x1eff)
        memcpy(out, additional + 2 * (code - 0x1e00), 2);
    else
        return code == 0xa0 || code == 0xad || (code >= 0x2000 && code <= 0x2015);
    return out[0] == '.' ? 0 : 2;
}

/* A letter of another script: neither Latin, nor a mark above one, nor punctuation. */
static bool foreign(uint32_t code)
{
    return code >= 0x370 && !(code >= 0x1e00 && code <= 0x206f);
}

char *fold_name(struct ho_slice name, char out[FOLD_SIZE])
{
    size_t n = 0;
    bool gap = false;
    for (size_t at = 0; at < name.len;) {
        size_t begin = at;
        char pair[4];
        uint32_t code = next_code(name, &at);
        int kind = foreign(code) ? 2 : letters_of(code, pair);
        const char *text = foreign(code) ? name.ptr + begin : pair;
        size_t len = foreign(code) ? at - begin : pair[1] == '.' ? 1 : 2;
        gap = gap || kind == 1;
        if (kind != 2)
            continue;
        if (n + len + 1 >= FOLD_SIZE)
            break;
        if (gap && n)
            out[n++] = ' ';
        gap = false;
        memcpy(out + n, text, len);
        n += len;
    }
    out[n] = '\0';
    return out;
}

char *fold_family(struct ho_slice name, char out[FOLD_SIZE])
{
    static const char *const generations[] = {"JR", "SR", "II", "III", "IV"};
    char *last = strrchr(fold_name(name, out), ' ');
    for (size_t i = 0; last && i < HO_LENGTH(generations); i++)
        if (strcmp(last + 1, generations[i]) == 0) {
            *last = '\0';
            break;
        }
    return out;
}

static bool all_same(const char *digits)
{
    return strspn(digits, (char[]){digits[0], '\0'}) == strlen(digits);
}

char *fold_phone(struct ho_slice phone, char out[FOLD_PHONE_SIZE])
{
    size_t n = 0;
    for (size_t i = 0; i < phone.len && !(n && (phone.ptr[i] | 32) == 'x'); i++) {
        if (phone.ptr[i] < '0' || phone.ptr[i] > '9')
            continue;
        if (n == FOLD_PHONE_SIZE - 1)
            memmove(out, out + 1, --n);
        out[n++] = phone.ptr[i];
    }
    out[n] = '\0';
    if (n < 7 || all_same(out))
        out[0] = '\0';
    return out;
}

char *fold_zip(struct ho_slice zip, char out[FOLD_ZIP_SIZE])
{
    size_t n = 0;
    for (size_t i = 0; i < zip.len && n < 5 && zip.ptr[i] >= '0' && zip.ptr[i] <= '9'; i++)
        out[n++] = zip.ptr[i];
    out[n] = '\0';
    if (n < 5 || all_same(out))
        out[0] = '\0';
    return out;
}

static size_t squash(const char *name, char out[FOLD_SIZE])
{
    size_t n = 0;
    for (; *name; name++)
        if (*name != ' ')
            out[n++] = *name;
    out[n] = '\0';
    return n;
}

/* One letter more, less, other, or two neighbours swapped. */
static bool near(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t head = 0, tail = 0, shorter = a_len < b_len ? a_len : b_len, longer = a_len + b_len - shorter;
    if (shorter < 4 || longer - shorter > 1)
        return false;
    while (head < shorter && a[head] == b[head])
        head++;
    while (tail < shorter - head && a[a_len - 1 - tail] == b[b_len - 1 - tail])
        tail++;
    size_t other = longer - head - tail;
    bool swapped = a_len == b_len && other == 2 && a[head] == b[head + 1] && a[head + 1] == b[head];
    return other <= 1 || swapped;
}

/* A word of name is the whole of other. */
static bool holds_word(const char *name, const char *other)
{
    size_t len = strlen(other);
    for (const char *word = name; word; word = strchr(word, ' ') ? strchr(word, ' ') + 1 : NULL)
        if (strcspn(word, " ") == len && len > 1 && memcmp(word, other, len) == 0)
            return true;
    return false;
}

enum fold_likeness fold_compare(const char *a, const char *b)
{
    char x[FOLD_SIZE], y[FOLD_SIZE];
    size_t x_len = squash(a, x), y_len = squash(b, y);
    if (!x_len || !y_len)
        return FOLD_DIFFERENT;
    if (x_len == y_len && memcmp(x, y, x_len) == 0)
        return FOLD_SAME;
    if (near(x, x_len, y, y_len))
        return FOLD_NEAR;
    return holds_word(a, b) || holds_word(b, a) ? FOLD_PART : FOLD_DIFFERENT;
}

bool fold_same_phone(const char *a, const char *b)
{
    size_t a_len = strlen(a), b_len = strlen(b), len = a_len < b_len ? a_len : b_len;
    return len >= 7 && memcmp(a + a_len - len, b + b_len - len, len) == 0;
}
