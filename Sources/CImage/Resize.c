// Pillow's antialiased resize of 8-bit pixels, bit for bit (see its src/libImaging/Resample.c): weights as doubles,
// normalized, rounded to 22-bit fixed point; one pass in each direction, each rounded and clipped to 8 bits. The
// horizontal pass comes first, except where Pillow 13 swaps them (older versions never do, and differ by at most 1
// there).
//
// Only the needed window is computed, row by row. The rows between the two passes are in a ring buffer that stays in
// the cache. Each pixel is computed independently of its neighbors, so the result does not depend on this.

#include "Internal.h"

#include <math.h>
#include <string.h>

enum {
    precision_bits = 32 - 8 - 2,
    rounding = 1 << (precision_bits - 1),
    /// The rows that the horizontal pass computes at a time.
    row_group = 4,
    /// The columns that the vertical pass computes at a time: few enough for registers.
    column_group = 64,
    alignment = 16,
};

/// One direction of the resize.
typedef struct axis {
    cimage_filter filter;
    int32_t source;
    int32_t first;
    int32_t count;
    /// The position of the result's first pixel in the source: 0 except for images decoded at a scale.
    double origin;
    double scale;
    /// The filter's stretch factor, and its reach in source pixels.
    double stretch;
    double support;
    /// The maximum number of source pixels for one pixel of the result.
    int32_t maximum_taps;
} axis;

static axis make_axis(cimage_filter filter, int32_t source, double origin, double length, int32_t full, int32_t first,
                      int32_t count) {
    axis a = {filter, source, first, count, origin, length / full, 1.0, 1.0, 0};
    // The filter is stretched for shrinking (this is the antialiasing) but not compressed for enlarging.
    a.stretch = a.scale < 1.0 ? 1.0 : a.scale;
    a.support = filter == CIMAGE_BICUBIC ? 2.0 * a.stretch : a.stretch;
    a.maximum_taps = (int32_t)ceil(a.support) * 2 + 1;
    return a;
}

static double center_of(const axis *a, int32_t index) {
    return a->origin + (index + 0.5) * a->scale;
}

/// The source pixels of one pixel of the result.
static cimage_span span_of(const axis *a, int32_t index) {
    double center = center_of(a, index);
    int32_t start = (int32_t)(center - a->support + 0.5);
    int32_t end = (int32_t)(center + a->support + 0.5);
    start = start < 0 ? 0 : start;
    end = end > a->source ? a->source : end;
    return (cimage_span){start, end - start};
}

static double triangle(double x) {
    x = x < 0.0 ? -x : x;
    return x < 1.0 ? 1.0 - x : 0.0;
}

/// The cubic with a = -0.5, with terms in Pillow's order: another order would round differently.
static double cubic(double x) {
    const double a = -0.5;
    x = x < 0.0 ? -x : x;
    if (x < 1.0) {
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    }
    return x < 2.0 ? (((x - 5.0) * x + 8.0) * x - 4.0) * a : 0.0;
}

/// Rounds half away from zero.
static int32_t fixed_point(double weight) {
    return (int32_t)((weight < 0.0 ? -0.5 : 0.5) + weight * (1 << precision_bits));
}

/// Fills in spans and weights (maximum_taps for each pixel, zeros after the last) for the needed pixels of an axis.
static void make_weights(const axis *a, cimage_span *spans, int32_t *weights, double *scratch) {
    double inverse = 1.0 / a->stretch;
    for (int32_t i = 0; i < a->count; i++) {
        cimage_span s = span_of(a, a->first + i);
        double center = center_of(a, a->first + i);
        double sum = 0.0;
        for (int32_t tap = 0; tap < s.count; tap++) {
            double x = (tap + s.start - center + 0.5) * inverse;
            scratch[tap] = a->filter == CIMAGE_BICUBIC ? cubic(x) : triangle(x);
            sum += scratch[tap];
        }
        int32_t *row = weights + (size_t)i * (size_t)a->maximum_taps;
        for (int32_t tap = 0; tap < s.count; tap++) {
            row[tap] = fixed_point(sum != 0.0 ? scratch[tap] / sum : scratch[tap]);
        }
        for (int32_t tap = s.count; tap < a->maximum_taps; tap++) {
            row[tap] = 0;
        }
        spans[i] = s;
    }
}

// MARK: The two passes

typedef int32_t int4 __attribute__((vector_size(16)));
typedef uint8_t byte4 __attribute__((vector_size(4)));

/// Reads a pixel and the byte after it, which is ignored later.
static inline __attribute__((always_inline)) int4 load_pixel(const uint8_t *pixel) {
    byte4 bytes;
    memcpy(&bytes, pixel, sizeof bytes);
    return __builtin_convertvector(bytes, int4);
}

/// Writes a pixel and one byte after it, which the next pixel overwrites. Rounded weights may sum to more than one, and
/// the cubic's may be negative, so the value is clipped: a comparison sets all bits where it is true.
static inline __attribute__((always_inline)) void store_pixel(uint8_t *pixel, int4 sum) {
    int4 value = sum >> precision_bits;
    byte4 bytes = __builtin_convertvector((value | (value > 255)) & (value >= 0), byte4);
    memcpy(pixel, &bytes, sizeof bytes);
}

static inline __attribute__((always_inline)) uint8_t clipped(int32_t sum) {
    int32_t value = sum >> precision_bits;
    value = value < 0 ? 0 : value;
    return (uint8_t)(value > 255 ? 255 : value);
}

/// Horizontal pass over `row_group` rows at a time, which share the weights.
CIMAGE_HOT
static void resize_rows(const uint8_t *const sources[row_group], uint8_t *const targets[row_group],
                        const cimage_span *spans, const int32_t *weights, int32_t maximum_taps, int32_t count) {
    for (int32_t x = 0; x < count; x++) {
        const int32_t *w = weights + (size_t)x * (size_t)maximum_taps;
        size_t offset = (size_t)spans[x].start * 3;
        const uint8_t *p0 = sources[0] + offset;
        const uint8_t *p1 = sources[1] + offset;
        const uint8_t *p2 = sources[2] + offset;
        const uint8_t *p3 = sources[3] + offset;
        int4 sum0 = {rounding, rounding, rounding, rounding};
        int4 sum1 = sum0, sum2 = sum0, sum3 = sum0;
        for (int32_t tap = 0; tap < spans[x].count; tap++) {
            sum0 += load_pixel(p0 + tap * 3) * w[tap];
            sum1 += load_pixel(p1 + tap * 3) * w[tap];
            sum2 += load_pixel(p2 + tap * 3) * w[tap];
            sum3 += load_pixel(p3 + tap * 3) * w[tap];
        }
        store_pixel(targets[0] + x * 3, sum0);
        store_pixel(targets[1] + x * 3, sum1);
        store_pixel(targets[2] + x * 3, sum2);
        store_pixel(targets[3] + x * 3, sum3);
    }
}

/// Vertical pass for one row of the result.
CIMAGE_HOT
static void blend_rows(const uint8_t *const *rows, const int32_t *weights, int32_t taps, uint8_t *target,
                       size_t count) {
    size_t x = 0;
    for (; x + column_group <= count; x += column_group) {
        int32_t sums[column_group];
        for (int i = 0; i < column_group; i++) {
            sums[i] = rounding;
        }
        for (int32_t tap = 0; tap < taps; tap++) {
            const uint8_t *row = rows[tap] + x;
            int32_t weight = weights[tap];
            for (int i = 0; i < column_group; i++) {
                sums[i] += row[i] * weight;
            }
        }
        for (int i = 0; i < column_group; i++) {
            target[x + i] = clipped(sums[i]);
        }
    }
    for (; x < count; x++) {
        int32_t sum = rounding;
        for (int32_t tap = 0; tap < taps; tap++) {
            sum += rows[tap][x] * weights[tap];
        }
        target[x] = clipped(sum);
    }
}

// MARK: Memory

/// The positions of the parts of the workspace.
typedef struct layout {
    axis across;
    axis down;
    // As in Pillow, a direction with an unchanged size is skipped.
    bool resizes_across;
    bool resizes_down;
    /// Whether the vertical pass comes first.
    bool is_down_first;
    size_t across_spans;
    size_t across_weights;
    size_t down_spans;
    size_t down_weights;
    size_t scratch;
    size_t row_pointers;
    /// Rows as wide as the source, with space for the byte that is read after the last pixel: a copy of the last source
    /// row, or the rows of a vertical pass.
    size_t wide_rows;
    size_t wide_stride;
    /// Rows as wide as the window, likewise.
    size_t ring;
    size_t ring_stride;
    size_t ring_rows;
    size_t total;
} layout;

static size_t place(layout *l, size_t size) {
    size_t offset = l->total;
    l->total += (size + alignment - 1) / alignment * alignment;
    return offset;
}

/// Whether a box is inside the source, on both sides.
static bool is_inside(double origin, double length, int32_t source) {
    return origin >= 0 && length > 0 && origin + length <= source;
}

static bool make_layout(const cimage_resizing *r, layout *l) {
    const cimage_rectangle *window = &r->window;
    const int32_t limit = INT32_MAX / 8;
    if ((r->filter != CIMAGE_BILINEAR && r->filter != CIMAGE_BICUBIC) || r->source_width <= 0 || r->source_height <= 0 || r->full_width <= 0 || r->full_height <= 0
        || r->source_width > limit || r->source_height > limit || r->full_width > limit || r->full_height > limit
        || !is_inside(r->x, r->width, r->source_width) || !is_inside(r->y, r->height, r->source_height)
        || window->x < 0 || window->y < 0 || window->width <= 0 || window->height <= 0
        || window->width > r->full_width - window->x || window->height > r->full_height - window->y) {
        return false;
    }
    memset(l, 0, sizeof *l);
    l->across = make_axis(r->filter, r->source_width, r->x, r->width, r->full_width, window->x, window->width);
    l->down = make_axis(r->filter, r->source_height, r->y, r->height, r->full_height, window->y, window->height);
    l->resizes_across = r->x != 0 || r->width != r->source_width || r->full_width != r->source_width;
    l->resizes_down = r->y != 0 || r->height != r->source_height || r->full_height != r->source_height;
    // Pillow's rule: if the height shrinks much more than the width, this order makes the second pass cheaper.
    int32_t lost_width = r->source_width - r->full_width;
    int32_t lost_height = r->source_height - r->full_height;
    l->is_down_first = l->resizes_across && lost_height > 0 && lost_height > (int64_t)lost_width * 2;
    size_t across_taps = (size_t)l->across.maximum_taps;
    size_t down_taps = (size_t)l->down.maximum_taps;
    size_t most_taps = across_taps > down_taps ? across_taps : down_taps;
    l->across_spans = place(l, (size_t)window->width * sizeof(cimage_span));
    l->across_weights = place(l, (size_t)window->width * across_taps * sizeof(int32_t));
    l->down_spans = place(l, (size_t)window->height * sizeof(cimage_span));
    l->down_weights = place(l, (size_t)window->height * down_taps * sizeof(int32_t));
    l->scratch = place(l, most_taps * sizeof(double));
    l->row_pointers = place(l, most_taps * sizeof(uint8_t *));
    l->wide_stride = ((size_t)r->source_width * 3 + alignment) / alignment * alignment;
    l->wide_rows = place(l, l->wide_stride * row_group);
    l->ring_stride = ((size_t)window->width * 3 + alignment) / alignment * alignment;
    l->ring_rows = (l->is_down_first ? 0 : down_taps) + row_group;
    l->ring = place(l, l->ring_stride * l->ring_rows);
    return true;
}

size_t cimage_resize_workspace_size(const cimage_resizing *resizing) {
    layout l;
    return resizing != NULL && make_layout(resizing, &l) ? l.total : 0;
}

/// The source pixels on which the needed pixels of an axis depend.
static cimage_span demand_of(const axis *a, bool is_resized) {
    if (!is_resized) {
        return (cimage_span){a->first, a->count};
    }
    int32_t start = span_of(a, a->first).start;
    cimage_span last = span_of(a, a->first + a->count - 1);
    return (cimage_span){start, last.start + last.count - start};
}

bool cimage_resize_find_demand(const cimage_resizing *resizing, cimage_resize_demand *demand) {
    layout l;
    if (!make_layout(resizing, &l)) {
        return false;
    }
    cimage_span columns = demand_of(&l.across, l.resizes_across);
    cimage_span rows = demand_of(&l.down, l.resizes_down);
    bool keeps_span = l.resizes_down && (l.is_down_first || !l.resizes_across);
    demand->part = (cimage_rectangle){columns.start, rows.start, columns.count, rows.count};
    demand->rows = keeps_span ? l.down.maximum_taps + row_group : row_group;
    return true;
}

// MARK: Resizing

/// The state of a resize: the arguments of `cimage_resize_rows_rgb`, and the parts of its workspace.
typedef struct job {
    layout layout;
    cimage_rectangle window;
    cimage_row_source *source;
    /// The source row in `wide_rows`, or -1.
    int32_t guarded_row;
    uint8_t *destination;
    size_t destination_stride;
    const cimage_span *across_spans;
    const int32_t *across_weights;
    const cimage_span *down_spans;
    const int32_t *down_weights;
    const uint8_t **rows;
    uint8_t *wide_rows;
    uint8_t *ring;
} job;

/// Ensures that the rows before `end` are available.
static cimage_status require(const job *j, int32_t end) {
    cimage_row_source *source = j->source;
    return source->next < end ? source->read(source, end - source->next) : CIMAGE_OK;
}

static const uint8_t *source_row(const job *j, int32_t row) {
    return row == j->guarded_row
        ? j->wide_rows
        : j->source->rows + (size_t)(row % j->source->capacity) * j->source->stride;
}

static uint8_t *destination_row(const job *j, int32_t row) {
    return j->destination + (size_t)row * j->destination_stride;
}

static uint8_t *ring_row(const job *j, int32_t row) {
    return j->ring + (size_t)row % j->layout.ring_rows * j->layout.ring_stride;
}

static const int32_t *down_weights(const job *j, int32_t row) {
    return j->down_weights + (size_t)row * (size_t)j->layout.down.maximum_taps;
}

/// The horizontal pass over source rows `*next` up to `end`, in whole groups. `*next` becomes the first row that is not
/// yet computed.
static cimage_status make_ring_rows(const job *j, int32_t *next, int32_t end, int32_t last) {
    while (*next < end) {
        const uint8_t *sources[row_group];
        uint8_t *targets[row_group];
        int32_t behind = *next + row_group <= last ? *next + row_group : last + 1;
        cimage_status status = require(j, behind);
        if (status != CIMAGE_OK) {
            return status;
        }
        for (int32_t i = 0; i < row_group; i++) {
            // A group that would extend past the last row repeats that row.
            int32_t row = *next + i < last ? *next + i : last;
            sources[i] = source_row(j, row);
            targets[i] = ring_row(j, row);
        }
        resize_rows(sources, targets, j->across_spans, j->across_weights, j->layout.across.maximum_taps,
                    j->layout.across.count);
        *next = behind;
    }
    return CIMAGE_OK;
}

static cimage_status resize_across(const job *j) {
    int32_t next = j->window.y;
    int32_t last = j->window.y + j->window.height - 1;
    for (int32_t y = 0; y < j->window.height; y++) {
        cimage_status status = make_ring_rows(j, &next, j->window.y + y + 1, last);
        if (status != CIMAGE_OK) {
            return status;
        }
        memcpy(destination_row(j, y), ring_row(j, j->window.y + y), (size_t)j->window.width * 3);
    }
    return CIMAGE_OK;
}

/// The vertical pass for row `y` of the window, over `count` bytes from column `x` of the source on.
static cimage_status blend_row(const job *j, int32_t y, int32_t x, uint8_t *target, size_t count) {
    size_t offset = (size_t)(x - j->source->first_column) * 3;
    cimage_span s = j->down_spans[y];
    cimage_status status = require(j, s.start + s.count);
    if (status != CIMAGE_OK) {
        return status;
    }
    for (int32_t tap = 0; tap < s.count; tap++) {
        j->rows[tap] = source_row(j, s.start + tap) + offset;
    }
    blend_rows(j->rows, down_weights(j, y), s.count, target, count);
    return CIMAGE_OK;
}

static cimage_status resize_down(const job *j) {
    cimage_status status = CIMAGE_OK;
    for (int32_t y = 0; y < j->window.height && status == CIMAGE_OK; y++) {
        status = blend_row(j, y, j->window.x, destination_row(j, y), (size_t)j->window.width * 3);
    }
    return status;
}

static cimage_status resize_across_then_down(const job *j) {
    cimage_span final = j->down_spans[j->window.height - 1];
    int32_t next = j->down_spans[0].start;
    for (int32_t y = 0; y < j->window.height; y++) {
        cimage_span s = j->down_spans[y];
        cimage_status status = make_ring_rows(j, &next, s.start + s.count, final.start + final.count - 1);
        if (status != CIMAGE_OK) {
            return status;
        }
        for (int32_t tap = 0; tap < s.count; tap++) {
            j->rows[tap] = ring_row(j, s.start + tap);
        }
        blend_rows(j->rows, down_weights(j, y), s.count, destination_row(j, y), (size_t)j->window.width * 3);
    }
    return CIMAGE_OK;
}

static cimage_status resize_down_then_across(const job *j) {
    // Only the columns that the window needs.
    cimage_span final = j->across_spans[j->window.width - 1];
    int32_t first = j->across_spans[0].start;
    size_t bytes = (size_t)(final.start + final.count - first) * 3;
    for (int32_t y = 0; y < j->window.height; y += row_group) {
        const uint8_t *sources[row_group];
        uint8_t *targets[row_group];
        int32_t rows = j->window.height - y < row_group ? j->window.height - y : row_group;
        for (int32_t i = 0; i < row_group; i++) {
            uint8_t *wide = j->wide_rows + (size_t)i * j->layout.wide_stride;
            if (i < rows) {
                cimage_status status = blend_row(j, y + i, first, wide + (size_t)first * 3, bytes);
                if (status != CIMAGE_OK) {
                    return status;
                }
            }
            sources[i] = i < rows ? wide : sources[0];
            targets[i] = ring_row(j, i < rows ? i : 0);
        }
        resize_rows(sources, targets, j->across_spans, j->across_weights, j->layout.across.maximum_taps,
                    j->layout.across.count);
        for (int32_t i = 0; i < rows; i++) {
            memcpy(destination_row(j, y + i), targets[i], (size_t)j->window.width * 3);
        }
    }
    return CIMAGE_OK;
}

static cimage_status copy_rows(const job *j) {
    size_t offset = (size_t)(j->window.x - j->source->first_column) * 3;
    for (int32_t y = 0; y < j->window.height; y++) {
        cimage_status status = require(j, j->window.y + y + 1);
        if (status != CIMAGE_OK) {
            return status;
        }
        memcpy(destination_row(j, y), source_row(j, j->window.y + y) + offset, (size_t)j->window.width * 3);
    }
    return CIMAGE_OK;
}

/// `guards_last` prevents reading past the end of the last row of a source in memory.
static cimage_status resize(const cimage_resizing *resizing, cimage_row_source *source, bool guards_last,
                            uint8_t *destination, size_t destination_stride, void *workspace,
                            size_t workspace_size) {
    job j;
    memset(&j, 0, sizeof j);
    if (resizing == NULL || !make_layout(resizing, &j.layout) || destination == NULL || workspace == NULL
        || workspace_size < j.layout.total || destination_stride < (size_t)resizing->window.width * 3) {
        return CIMAGE_INVALID_ARGUMENT;
    }
    const layout *l = &j.layout;
    uint8_t *memory = workspace;
    cimage_span *across_spans = (cimage_span *)(memory + l->across_spans);
    cimage_span *down_spans = (cimage_span *)(memory + l->down_spans);
    int32_t *across_weights = (int32_t *)(memory + l->across_weights);
    int32_t *down_weights = (int32_t *)(memory + l->down_weights);
    double *scratch = (double *)(memory + l->scratch);
    j.window = resizing->window;
    j.source = source;
    j.guarded_row = -1;
    j.destination = destination;
    j.destination_stride = destination_stride;
    j.across_spans = across_spans;
    j.across_weights = across_weights;
    j.down_spans = down_spans;
    j.down_weights = down_weights;
    j.rows = (const uint8_t **)(memory + l->row_pointers);
    j.wide_rows = memory + l->wide_rows;
    j.ring = memory + l->ring;

    if (l->resizes_down) {
        make_weights(&l->down, down_spans, down_weights, scratch);
    }
    if (!l->resizes_across) {
        return l->resizes_down ? resize_down(&j) : copy_rows(&j);
    }
    make_weights(&l->across, across_spans, across_weights, scratch);
    if (l->is_down_first) {
        // The byte after each row is read, so it must exist.
        for (size_t i = 0; i < row_group; i++) {
            memset(j.wide_rows + i * l->wide_stride, 0, l->wide_stride);
        }
        return resize_down_then_across(&j);
    }
    for (int32_t i = 0; i < l->across.count; i++) {
        across_spans[i].start -= source->first_column;
    }
    if (guards_last) {
        size_t bytes = (size_t)resizing->source_width * 3;
        memcpy(j.wide_rows, source_row(&j, resizing->source_height - 1), bytes);
        j.wide_rows[bytes] = 0;
        j.guarded_row = resizing->source_height - 1;
    }
    return l->resizes_down ? resize_across_then_down(&j) : resize_across(&j);
}

cimage_status cimage_resize_rows_rgb(const cimage_resizing *resizing, cimage_row_source *source, uint8_t *destination,
                                     size_t destination_stride, void *workspace, size_t workspace_size) {
    return resize(resizing, source, false, destination, destination_stride, workspace, workspace_size);
}

cimage_status cimage_resize_rgb(const cimage_resizing *resizing, const uint8_t *source, size_t source_stride,
                                uint8_t *destination, size_t destination_stride, void *workspace,
                                size_t workspace_size) {
    if (resizing == NULL || source == NULL || source_stride < (size_t)resizing->source_width * 3) {
        return CIMAGE_INVALID_ARGUMENT;
    }
    // The rows are complete and are only read.
    cimage_row_source rows = {(uint8_t *)source, source_stride, resizing->source_height, 0, resizing->source_height,
                              NULL, NULL};
    return resize(resizing, &rows, true, destination, destination_stride, workspace, workspace_size);
}
