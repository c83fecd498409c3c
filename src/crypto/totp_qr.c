/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "crypto/totp.h"

#include <qrencode.h>
#include <string.h>

/* ISO/IEC 18004 asks for four light modules around the code. */
enum { QUIET = 4, TEXT_MAX = 1024 };

/* One row as runs of dark modules: "M4 4h7v1h-7z". */
static void draw_row(struct text_buffer *b, const unsigned char *modules, int width, int y)
{
    for (int x = 0; x < width;) {
        int end = x;
        while (end < width && (modules[end] & 1) != 0)
            end++;
        if (end > x)
            text_addf(b, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, end - x, end - x);
        x = end + 1;
    }
}

static RESULT encode(struct ctx *c, const char *text, QRcode **out)
{
    size_t n = strlen(text);
    *out = n == 0 || n > TEXT_MAX
               ? NULL
               : QRcode_encodeData((int)n, (const unsigned char *)text, 0, QR_ECLEVEL_M);
    return *out != NULL
               ? ok()
               : fail(c, INVALID_REQUEST, "a QR code holds 1 to %d bytes, not %zu", TEXT_MAX, n);
}

/* What lies outside is light. */
static bool is_dark(const QRcode *code, int x, int y)
{
    return x >= 0 && y >= 0 && x < code->width && y < code->width &&
           (code->data[y * code->width + x] & 1) != 0;
}

RESULT totp_qr_terminal(struct ctx *c, const char *text, const char **out)
{
    static const char *const cells[] = { " ", "\u2580", "\u2584", "\u2588" };
    struct text_buffer b = text_buffer(c->arena);
    QRcode *code = NULL;
    TRY(encode(c, text, &code));
    for (int y = -QUIET; y < code->width + QUIET; y += 2) {
        text_add(&b, "\x1b[30;107m");
        for (int x = -QUIET; x < code->width + QUIET; x++)
            text_add(&b, cells[is_dark(code, x, y) + 2 * is_dark(code, x, y + 1)]);
        text_add(&b, "\x1b[0m\n");
    }
    QRcode_free(code);
    *out = text_of(&b);
    return ok();
}

RESULT totp_qr(struct ctx *c, const char *text, struct totp_qr *out)
{
    QRcode *code = NULL;
    TRY(encode(c, text, &code));
    struct text_buffer b = text_buffer(c->arena);
    for (int y = 0; y < code->width; y++)
        draw_row(&b, code->data + (size_t)y * (size_t)code->width, code->width, y);
    *out = (struct totp_qr){ code->width + 2 * QUIET, text_of(&b) };
    QRcode_free(code);
    return ok();
}

RESULT totp_qr_svg(struct ctx *c, const char *text, const char **svg)
{
    struct totp_qr qr;
    TRY(totp_qr(c, text, &qr));
    *svg = text_printf(c->arena,
                       "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
                       "shape-rendering=\"crispEdges\"><path fill=\"#fff\" "
                       "d=\"M0 0h%dv%dH0z\"/><path d=\"%s\"/></svg>",
                       qr.side, qr.side, qr.side, qr.side, qr.path);
    return ok();
}
