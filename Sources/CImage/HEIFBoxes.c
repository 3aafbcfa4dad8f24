// The boxes of HEIF: ISO/IEC 14496-12 (boxes, items) and 23008-12 (associations of properties, grids).

#include "HEIFBoxes.h"
#include "HEIFFrames.h"
#include "HEIFProperties.h"

#include <string.h>

enum {
    /// Item numbers that are tracked. Larger ones occur in no file in practice.
    tracked_items = 65536,
    maximum_tiles = 4096,
    /// The steps of all walks together. A photo of a phone needs a few hundred.
    maximum_steps = 1 << 22,
    /// A frame may be larger than its image by the padding to whole blocks.
    maximum_padding = 256,
    /// The pixels that a frame may have in any case.
    small_frame = 1 << 20,
};

typedef uint8_t item_set[tracked_items / 8];

static void insert(item_set set, uint32_t item) {
    if (item < tracked_items) {
        set[item / 8] |= (uint8_t)(1 << item % 8);
    }
}

static bool contains(const item_set set, uint32_t item) {
    return item < tracked_items && (set[item / 8] & 1 << item % 8) != 0;
}

typedef struct heif_file {
    const uint8_t *bytes;
    size_t count;
    range items;
    range references;
    range locations;
    range properties;
    range associations;
    range data;
    bool has_items;
    bool has_references;
    bool has_locations;
    bool has_properties;
    bool has_associations;
    bool has_track;
    uint32_t primary;
    /// The metadata of the image, 0 if it has none.
    uint32_t exif;
    uint32_t xmp;
    range exif_data;
    range xmp_data;
    uint32_t steps;
    /// The items that are no images of their own: thumbnails, auxiliary images and tiles.
    item_set parts;
    /// The items whose bytes are needed: the primary one and its tiles.
    item_set needed;
    /// Items with coded frames that are decoded: these, and alpha.
    item_set decoded;
    cimage_error *error;
} heif_file;

static cimage_status fail(heif_file *file, const char *what) {
    return cimage_fail(file->error, CIMAGE_CORRUPT, "the HEIF file is damaged: %s", what);
}

static void set_type(char type[5], uint32_t code) {
    for (int i = 0; i < 4; i++) {
        char c = (char)(code >> (24 - 8 * i));
        type[i] = c >= 0x20 && c < 0x7F ? c : '?';
    }
    type[4] = 0;
}

/// The next box inside `outer`. Returns false at the end, or if the box does not fit, which sets `is_over`.
static bool next_box(heif_file *file, range *outer, range *box, char type[5]) {
    if (outer->end - outer->position < 8 || ++file->steps > maximum_steps) {
        outer->is_over = outer->is_over || outer->position != outer->end;
        return false;
    }
    size_t start = outer->position;
    uint64_t size = take32(outer);
    set_type(type, take32(outer));
    if (size == 1) {
        size = take(outer, 8);
    } else if (size == 0) {
        size = outer->end - start;
    }
    uint64_t header = outer->position - start;
    if (outer->is_over || size < header || size > outer->end - start) {
        outer->is_over = true;
        return false;
    }
    *box = (range){outer->bytes, outer->position, start + (size_t)size, false};
    outer->position = start + (size_t)size;
    return true;
}

// MARK: The boxes of the file

static void find_item_boxes(heif_file *file, range meta) {
    range box;
    char type[5];
    take32(&meta);
    while (next_box(file, &meta, &box, type)) {
        if (is_type(type, "pitm")) {
            uint32_t version = take32(&box) >> 24;
            file->primary = version == 0 ? take16(&box) : take32(&box);
        } else if (is_type(type, "iinf")) {
            file->items = box;
            file->has_items = true;
        } else if (is_type(type, "iref")) {
            file->references = box;
            file->has_references = true;
        } else if (is_type(type, "iloc")) {
            file->locations = box;
            file->has_locations = true;
        } else if (is_type(type, "idat")) {
            file->data = box;
        } else if (is_type(type, "iprp")) {
            range inner;
            while (next_box(file, &box, &inner, type)) {
                if (is_type(type, "ipco")) {
                    file->properties = inner;
                    file->has_properties = true;
                } else if (is_type(type, "ipma") && !file->has_associations) {
                    file->associations = inner;
                    file->has_associations = true;
                }
            }
        }
    }
}

/// Finds the boxes that describe items. Boxes behind them may be cut: what is needed is checked later.
static cimage_status find_boxes(heif_file *file) {
    range outer = {file->bytes, 0, file->count, false};
    range box;
    char type[5];
    bool has_meta = false;
    while (next_box(file, &outer, &box, type)) {
        if (is_type(type, "meta") && !has_meta) {
            has_meta = true;
            find_item_boxes(file, box);
        } else if (is_type(type, "moov")) {
            file->has_track = true;
        }
    }
    if (file->steps > maximum_steps) {
        return fail(file, "it has too many boxes");
    }
    if (!has_meta && outer.is_over) {
        return cimage_fail_truncated(file->error, "HEIF", file->count);
    }
    if (!has_meta || !file->has_items || !file->has_properties || !file->has_associations || !file->has_locations
        || file->primary == 0) {
        return file->has_track
            ? cimage_fail(file->error, CIMAGE_UNSUPPORTED,
                          "this is an image sequence without a still image, which is not supported")
            : fail(file, "it has no primary image");
    }
    return CIMAGE_OK;
}

// MARK: Items

typedef struct item_entry {
    uint32_t item;
    char type[5];
    bool is_hidden;
    bool is_xmp;
} item_entry;

/// Whether the rest of an entry, a name and a content type, is that of XMP.
static bool is_xmp(range entry) {
    static const char content[] = "application/rdf+xml";
    while (!entry.is_over && take8(&entry) != 0) {
    }
    return entry.end - entry.position >= sizeof content
        && memcmp(entry.bytes + entry.position, content, sizeof content) == 0;
}

/// The next entry of `iinf`, from a range behind its counter.
static bool next_item(heif_file *file, range *items, item_entry *entry) {
    range box;
    char type[5];
    while (next_box(file, items, &box, type)) {
        uint32_t flags = take32(&box);
        uint32_t version = flags >> 24;
        if (!is_type(type, "infe") || version < 2) {
            continue;
        }
        entry->item = version == 2 ? take16(&box) : take32(&box);
        take16(&box);
        set_type(entry->type, take32(&box));
        entry->is_hidden = (flags & 1) != 0;
        if (!box.is_over) {
            entry->is_xmp = is_type(entry->type, "mime") && is_xmp(box);
            return true;
        }
    }
    return false;
}

static range all_items(const heif_file *file) {
    range items = file->items;
    uint32_t version = take32(&items) >> 24;
    take(&items, version == 0 ? 2 : 4);
    return items;
}

static bool find_type(heif_file *file, uint32_t item, char type[5]) {
    range items = all_items(file);
    item_entry entry;
    while (next_item(file, &items, &entry)) {
        if (entry.item == item) {
            memcpy(type, entry.type, sizeof entry.type);
            return true;
        }
    }
    return false;
}

/// Finds the first items with metadata.
static void find_metadata(heif_file *file) {
    range items = all_items(file);
    item_entry entry;
    while (next_item(file, &items, &entry)) {
        if (file->exif == 0 && is_type(entry.type, "Exif")) {
            file->exif = entry.item;
        } else if (file->xmp == 0 && entry.is_xmp) {
            file->xmp = entry.item;
        }
    }
}

/// Whether there are several images in the file, apart from thumbnails, tiles and auxiliary images.
static bool has_more_images(heif_file *file) {
    static const char images[][5] = {"hvc1", "av01", "grid", "iovl", "iden", "avc1", "jpeg", "vvc1"};
    range items = all_items(file);
    item_entry entry;
    uint32_t count = 0;
    while (next_item(file, &items, &entry)) {
        bool is_image = false;
        for (size_t i = 0; i < sizeof images / sizeof images[0]; i++) {
            is_image = is_image || is_type(entry.type, images[i]);
        }
        count += is_image && !entry.is_hidden && entry.item < tracked_items && !contains(file->parts, entry.item);
    }
    return count > 1;
}

/// Calls `visit` for each reference from an item to another.
static void visit_references(heif_file *file, void *context,
                             void (*visit)(heif_file *file, void *context, const char type[5], uint32_t from,
                                           uint32_t to)) {
    if (!file->has_references) {
        return;
    }
    range references = file->references;
    uint32_t size = take32(&references) >> 24 == 0 ? 2 : 4;
    range box;
    char type[5];
    while (next_box(file, &references, &box, type)) {
        uint32_t from = (uint32_t)take(&box, size);
        uint32_t count = take16(&box);
        for (uint32_t i = 0; i < count && !box.is_over && ++file->steps <= maximum_steps; i++) {
            uint32_t to = (uint32_t)take(&box, size);
            if (!box.is_over) {
                visit(file, context, type, from, to);
            }
        }
    }
}

/// The tiles of the primary item.
typedef struct tile_list {
    uint32_t count;
    uint32_t first;
} tile_list;

static void note_reference(heif_file *file, void *context, const char type[5], uint32_t from, uint32_t to) {
    tile_list *tiles = context;
    if (is_type(type, "thmb") || is_type(type, "auxl")) {
        insert(file->parts, from);
    } else if (is_type(type, "dimg")) {
        insert(file->parts, to);
        if (from == file->primary) {
            tiles->first = tiles->count == 0 ? to : tiles->first;
            tiles->count++;
            insert(file->needed, to);
            insert(file->decoded, to);
        }
    }
}

// MARK: Properties

/// The property with a number, counted from 1.
static bool find_property(heif_file *file, uint32_t index, range *property, char type[5]) {
    range properties = file->properties;
    for (uint32_t i = 1; next_box(file, &properties, property, type); i++) {
        if (i == index) {
            return true;
        }
    }
    return false;
}

/// The numbers of an item's properties, in the order in which they apply.
static uint32_t find_associations(heif_file *file, uint32_t item, uint16_t indices[255]) {
    range list = file->associations;
    uint32_t flags = take32(&list);
    uint32_t entries = take32(&list);
    uint32_t index_size = flags & 1 ? 2 : 1;
    for (uint32_t i = 0; i < entries && !list.is_over && ++file->steps <= maximum_steps; i++) {
        uint32_t owner = flags >> 24 == 0 ? take16(&list) : take32(&list);
        uint32_t count = take8(&list);
        if (owner != item) {
            if (list.end - list.position < (size_t)count * index_size) {
                return 0;
            }
            list.position += (size_t)count * index_size;
            continue;
        }
        for (uint32_t j = 0; j < count; j++) {
            indices[j] = (uint16_t)(take(&list, index_size) & (index_size == 2 ? 0x7FFF : 0x7F));
        }
        return list.is_over ? 0 : count;
    }
    return 0;
}

/// Calls `visit` for each property of an item, in the order in which they apply, until it returns false.
static bool visit_properties(heif_file *file, uint32_t item, void *context,
                             bool (*visit)(range box, const char type[5], void *context)) {
    uint16_t indices[255];
    uint32_t count = find_associations(file, item, indices);
    for (uint32_t i = 0; i < count; i++) {
        range box;
        char type[5];
        if (indices[i] != 0 && find_property(file, indices[i], &box, type) && !visit(box, type, context)) {
            return false;
        }
    }
    return true;
}

static item_header read_properties(heif_file *file, uint32_t item) {
    item_header header = {0};
    visit_properties(file, item, &header, cimage_heif_read_property);
    return header;
}

/// Whether an auxiliary image with alpha belongs to the primary item.
static void note_alpha(heif_file *file, void *context, const char type[5], uint32_t from, uint32_t to) {
    bool *has_alpha = context;
    if (!*has_alpha && is_type(type, "auxl") && to == file->primary) {
        item_header header = read_properties(file, from);
        *has_alpha = header.is_alpha;
        if (header.is_alpha) {
            insert(file->decoded, from);
        }
    }
}

// MARK: Bytes of items

/// Checks that the bytes of the needed items are in the file, and gives the start of the primary item's. The largest
/// coded frame is noted in `frame`.
static cimage_status check_locations(heif_file *file, cimage_heif_coding coding, frame_header *frame,
                                     range *primary) {
    range list = file->locations;
    uint32_t version = take32(&list) >> 24;
    uint32_t sizes = take16(&list);
    uint32_t offset_size = sizes >> 12;
    uint32_t length_size = sizes >> 8 & 15;
    uint32_t base_size = sizes >> 4 & 15;
    uint32_t index_size = version > 0 ? sizes & 15 : 0;
    uint32_t items = (uint32_t)take(&list, version < 2 ? 2 : 4);
    bool is_found = false;
    for (uint32_t i = 0; i < items && !list.is_over && ++file->steps <= maximum_steps; i++) {
        uint32_t item = (uint32_t)take(&list, version < 2 ? 2 : 4);
        uint32_t method = version > 0 ? take16(&list) & 15 : 0;
        take16(&list);
        uint64_t base = take(&list, base_size);
        uint32_t extents = take16(&list);
        for (uint32_t j = 0; j < extents && !list.is_over && ++file->steps <= maximum_steps; j++) {
            take(&list, index_size);
            uint64_t offset = take(&list, offset_size);
            uint64_t length = take(&list, length_size);
            range whole = method == 1 ? file->data : (range){file->bytes, 0, file->count, false};
            uint64_t available = whole.end - whole.position;
            if (list.is_over || method > 1) {
                continue;
            }
            bool is_inside = base <= available && offset <= available - base
                && length <= available - base - offset;
            range data = {file->bytes, 0, 0, false};
            if (is_inside) {
                data.position = whole.position + (size_t)(base + offset);
                data.end = length == 0 ? whole.end : data.position + (size_t)length;
            }
            if (j == 0 && item > 0 && (item == file->exif || item == file->xmp)) {
                *(item == file->exif ? &file->exif_data : &file->xmp_data) = data;
            }
            if (contains(file->decoded, item)) {
                cimage_heif_scan_frames(data, coding, frame, &file->steps, maximum_steps);
            }
            if (!contains(file->needed, item)) {
                continue;
            }
            if (!is_inside) {
                return cimage_fail_truncated(file->error, "HEIF", file->count);
            }
            if (item == file->primary && !is_found) {
                *primary = data;
                is_found = true;
            }
        }
    }
    return is_found ? CIMAGE_OK : fail(file, "the primary image has no data");
}

/// Checks a grid against its image and its tiles.
static cimage_status check_grid(heif_file *file, range data, const tile_list *tiles, const item_header *tile,
                                const cimage_heif_outline *outline) {
    take8(&data);
    uint32_t size = take8(&data) & 1 ? 4 : 2;
    uint64_t rows = (uint64_t)take8(&data) + 1;
    uint64_t columns = (uint64_t)take8(&data) + 1;
    uint64_t width = take(&data, size);
    uint64_t height = take(&data, size);
    if (data.is_over || width != outline->width || height != outline->height) {
        return fail(file, "its grid has another size than its image");
    }
    if (tiles->count > maximum_tiles || rows * columns != tiles->count) {
        return fail(file, "its grid has an unexpected number of tiles");
    }
    // The last tiles may overhang.
    if (tile->width == 0 || tile->height == 0 || tile->width * columns < width || tile->height * rows < height
        || (columns > 1 && tile->width * (columns - 1) >= width) || (rows > 1 && tile->height * (rows - 1) >= height)) {
        return fail(file, "its tiles do not cover its image");
    }
    return CIMAGE_OK;
}

/// Pillow's orientation of an AVIF image that is neither turned nor mirrored: EXIF's tag then counts as 1, whatever its
/// value; without it, XMP counts.
static int32_t orientation_of_metadata(heif_file *file) {
    range exif = file->exif_data;
    uint32_t offset = take32(&exif);
    if (!exif.is_over && offset <= exif.end - exif.position
        && cimage_exif_orientation_or_none(exif.bytes + exif.position + offset, exif.end - exif.position - offset)
            != 0) {
        return 1;
    }
    const range *xmp = &file->xmp_data;
    int32_t value = xmp->end > xmp->position
        ? cimage_xmp_orientation(xmp->bytes + xmp->position, xmp->end - xmp->position)
        : 0;
    return value > 0 ? value : 1;
}

/// Finds out how the pixels are coded: by the primary item, or by its tiles.
static void set_coding(cimage_heif_outline *outline, const char type[5]) {
    memcpy(outline->type, type, 5);
    outline->coding = is_type(type, "hvc1") ? CIMAGE_HEIF_HEVC
        : is_type(type, "av01")             ? CIMAGE_HEIF_AV1
                                            : CIMAGE_HEIF_OTHER;
}

cimage_status cimage_heif_read_outline(const uint8_t *bytes, size_t count, uint64_t maximum_pixels,
                                       cimage_heif_outline *outline, cimage_error *error) {
    heif_file file = {.bytes = bytes, .count = count, .error = error};
    memset(outline, 0, sizeof *outline);
    outline->orientation = 1;
    cimage_status status = find_boxes(&file);
    if (status != CIMAGE_OK) {
        return status;
    }
    tile_list tiles = {0, 0};
    insert(file.needed, file.primary);
    visit_references(&file, &tiles, note_reference);
    char type[5] = "";
    if (file.primary >= tracked_items || !find_type(&file, file.primary, type)) {
        return fail(&file, "it has no primary image");
    }
    bool is_grid = is_type(type, "grid");
    item_header tile = {0};
    if (is_grid) {
        if (tiles.count == 0 || !find_type(&file, tiles.first, type)) {
            return fail(&file, "its grid has no tiles");
        }
        tile = read_properties(&file, tiles.first);
    }
    set_coding(outline, type);

    item_header header = read_properties(&file, file.primary);
    status = cimage_check_size(header.width, header.height, maximum_pixels, error);
    if (status != CIMAGE_OK) {
        return status;
    }
    outline->width = outline->final_width = header.width;
    outline->height = outline->final_height = header.height;
    if (!visit_properties(&file, file.primary, outline, cimage_heif_transform)) {
        return fail(&file, "its crop is outside the image");
    }
    find_metadata(&file);
    visit_references(&file, &outline->has_alpha, note_alpha);
    if (!is_grid) {
        insert(file.decoded, file.primary);
    }
    frame_header frame = (is_grid ? &tile : &header)->frame;
    range data;
    status = check_locations(&file, outline->coding, &frame, &data);
    if (status == CIMAGE_OK && is_grid) {
        status = cimage_check_size(tile.width, tile.height, maximum_pixels, error);
        status = status == CIMAGE_OK ? check_grid(&file, data, &tiles, &tile, outline) : status;
    }
    if (status != CIMAGE_OK) {
        return status;
    }
    const item_header *coded = is_grid ? &tile : &header;
    uint64_t coded_width = frame.width > coded->width ? frame.width : coded->width;
    uint64_t coded_height = frame.height > coded->height ? frame.height : coded->height;
    uint64_t pixels = (uint64_t)coded->width * coded->height;
    if (coded_width > (uint64_t)coded->width + maximum_padding
        || coded_height > (uint64_t)coded->height + maximum_padding
        || coded_width * coded_height > pixels * 4 + small_frame) {
        return fail(&file, "its coded frames are larger than its image");
    }
    if (outline->coding == CIMAGE_HEIF_AV1 && outline->orientation == 1) {
        outline->orientation = orientation_of_metadata(&file);
    }
    if (file.steps > maximum_steps) {
        return fail(&file, "it has too many items");
    }
    outline->coded_pixels = coded_width * coded_height;
    uint64_t side = coded_width > coded_height ? coded_width : coded_height;
    side = side > header.width ? side : header.width;
    outline->longest_side = (uint32_t)(side > header.height ? side : header.height);
    outline->bit_depth = coded->frame.depth > 0 ? (int32_t)coded->frame.depth : 8;
    outline->is_gray = coded->frame.is_gray;
    outline->has_more_frames = file.has_track || has_more_images(&file);
    return CIMAGE_OK;
}
