/* SPDX-License-Identifier: Apache-2.0 */
#include "web/accent.h"

#include "base/codec.h"

#include <string.h>

/* Of style.css: what the accent stands on in each theme. */
static const struct colour white = { 0xff, 0xff, 0xff };
static const struct colour black = { 0x00, 0x00, 0x00 };
static const struct colour light_ground = { 0xf5, 0xf6, 0xfb };
static const struct colour dark_surface = { 0x18, 0x1b, 0x26 };
static const struct colour dark_ink = { 0x10, 0x14, 0x2e };

enum { STEPS = 64 };

/* sRGB to linear light, by a cubic that is within 0.002 of the standard's curve. */
static double linear(uint8_t value)
{
    double c = value / 255.0;
    return c * (c * (c * 0.305306011 + 0.682171111) + 0.012522878);
}

static double luminance(struct colour c)
{
    return 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
}

double accent_contrast(struct colour a, struct colour b)
{
    double one = luminance(a) + 0.05;
    double other = luminance(b) + 0.05;
    return one > other ? one / other : other / one;
}

static uint8_t between(uint8_t from, uint8_t to, int step)
{
    return (uint8_t)(from + (to - from) * step / STEPS);
}

/* `step` of STEPS on the way from one colour to the other. */
static struct colour mix(struct colour from, struct colour to, int step)
{
    return (struct colour){ between(from.red, to.red, step), between(from.green, to.green, step),
                            between(from.blue, to.blue, step) };
}

struct accent accent_light(struct colour wish)
{
    struct accent a = { .on = white };
    for (int step = 0; step <= STEPS; step++) {
        a.accent = mix(wish, black, step);
        a.tint = mix(a.accent, white, STEPS * 9 / 10);
        if (accent_contrast(a.accent, a.tint) >= ACCENT_CONTRAST &&
            accent_contrast(a.accent, light_ground) >= ACCENT_CONTRAST)
            break;
    }
    a.strong = mix(a.accent, black, STEPS / 5);
    return a;
}

struct accent accent_dark(struct colour wish)
{
    struct accent a = { .on = dark_ink };
    for (int step = 0; step <= STEPS; step++) {
        a.accent = mix(wish, white, step);
        a.tint = mix(dark_surface, a.accent, STEPS / 6);
        if (accent_contrast(a.accent, a.tint) >= ACCENT_CONTRAST &&
            accent_contrast(a.accent, a.on) >= ACCENT_CONTRAST)
            break;
    }
    a.strong = mix(a.accent, white, STEPS / 3);
    return a;
}

bool accent_read(const char *text, struct colour *out)
{
    uint8_t bytes[3];
    if (strlen(text) != 7 || text[0] != '#')
        return false;
    for (size_t i = 0; i < 6; i++) {
        static const char digits[] = "0123456789abcdef";
        char c = text[1 + i];
        const char *found = strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
        if (found == NULL)
            return false;
        unsigned value = (unsigned)(found - digits);
        bytes[i / 2] = (uint8_t)(i % 2 == 0 ? value << 4 : bytes[i / 2] | value);
    }
    *out = (struct colour){ bytes[0], bytes[1], bytes[2] };
    return true;
}

static void write_variable(struct text_buffer *b, const char *name, struct colour c)
{
    text_addf(b, "--%s:#%02x%02x%02x;", name, c.red, c.green, c.blue);
}

static void write_theme(struct text_buffer *b, const struct accent *a)
{
    text_add(b, ":root{");
    write_variable(b, "accent", a->accent);
    write_variable(b, "accent-strong", a->strong);
    write_variable(b, "on-accent", a->on);
    write_variable(b, "tint", a->tint);
    text_add(b, "}");
}

RESULT accent_style(struct ctx *c, const char *text, const char **css)
{
    struct colour wish;
    if (!accent_read(text, &wish))
        return fail_field(c, INVALID_FIELD, "brand_accent", "A colour is written as #3046c5.");
    struct accent light = accent_light(wish);
    struct accent dark = accent_dark(wish);
    struct text_buffer b = text_buffer(c->arena);
    write_theme(&b, &light);
    text_add(&b, "\n@media (prefers-color-scheme: dark){");
    write_theme(&b, &dark);
    text_add(&b, "}\n");
    *css = text_of(&b);
    return ok();
}

#define ASSET_BEGIN "accent-"
#define ASSET_END   ".css"

const char *accent_asset_path(struct arena *a, const char *text)
{
    return text_printf(a, "/assets/" ASSET_BEGIN "%s" ASSET_END, text_lower(a, text + 1));
}

const char *accent_asset(struct ctx *c, const char *name)
{
    static const char shape[] = ASSET_BEGIN "3046c5" ASSET_END;
    const char *css = NULL;
    if (strlen(name) != sizeof shape - 1 || !text_starts(name, ASSET_BEGIN) ||
        !text_ends(name, ASSET_END))
        return NULL;
    const char *text = text_printf(c->arena, "#%.6s", name + sizeof ASSET_BEGIN - 1);
    struct colour wish;
    if (!accent_read(text, &wish) || accent_style(c, text, &css).code != ERR_OK)
        return NULL;
    return css;
}
