// CDRAWING_FUNCTIONS(F): F(result, name, (parameters), (arguments)) for each function that Drawing calls. One whose
// type differs from the libraries' headers does not compile.

#ifndef CDRAWING_FUNCTIONS_H
#define CDRAWING_FUNCTIONS_H

// clang-format off
#define CDRAWING_FUNCTIONS(F) \
    F(const char *, cairo_version_string, (void), ()) \
    F(cairo_t *, cairo_create, (cairo_surface_t *target), (target)) \
    F(void, cairo_destroy, (cairo_t *c), (c)) \
    F(cairo_status_t, cairo_status, (cairo_t *c), (c)) \
    F(const char *, cairo_status_to_string, (cairo_status_t status), (status)) \
    F(void, cairo_save, (cairo_t *c), (c)) \
    F(void, cairo_restore, (cairo_t *c), (c)) \
    F(void, cairo_translate, (cairo_t *c, double x, double y), (c, x, y)) \
    F(void, cairo_scale, (cairo_t *c, double x, double y), (c, x, y)) \
    F(void, cairo_rotate, (cairo_t *c, double angle), (c, angle)) \
    F(void, cairo_new_path, (cairo_t *c), (c)) \
    F(void, cairo_close_path, (cairo_t *c), (c)) \
    F(void, cairo_move_to, (cairo_t *c, double x, double y), (c, x, y)) \
    F(void, cairo_line_to, (cairo_t *c, double x, double y), (c, x, y)) \
    F(void, cairo_arc, (cairo_t *c, double x, double y, double radius, double start, double end), \
      (c, x, y, radius, start, end)) \
    F(void, cairo_rectangle, (cairo_t *c, double x, double y, double width, double height), (c, x, y, width, height)) \
    F(void, cairo_clip, (cairo_t *c), (c)) \
    F(void, cairo_fill, (cairo_t *c), (c)) \
    F(void, cairo_stroke, (cairo_t *c), (c)) \
    F(void, cairo_paint, (cairo_t *c), (c)) \
    F(void, cairo_paint_with_alpha, (cairo_t *c, double alpha), (c, alpha)) \
    F(void, cairo_set_source_rgba, (cairo_t *c, double red, double green, double blue, double alpha), \
      (c, red, green, blue, alpha)) \
    F(void, cairo_set_source_surface, (cairo_t *c, cairo_surface_t *source, double x, double y), (c, source, x, y)) \
    F(cairo_pattern_t *, cairo_get_source, (cairo_t *c), (c)) \
    F(void, cairo_pattern_set_extend, (cairo_pattern_t *pattern, cairo_extend_t extend), (pattern, extend)) \
    F(void, cairo_pattern_set_filter, (cairo_pattern_t *pattern, cairo_filter_t filter), (pattern, filter)) \
    F(void, cairo_set_line_width, (cairo_t *c, double width), (c, width)) \
    F(void, cairo_set_line_cap, (cairo_t *c, cairo_line_cap_t cap), (c, cap)) \
    F(void, cairo_set_line_join, (cairo_t *c, cairo_line_join_t join), (c, join)) \
    F(void, cairo_set_dash, (cairo_t *c, const double *dashes, int count, double offset), (c, dashes, count, offset)) \
    F(cairo_surface_t *, cairo_image_surface_create, (cairo_format_t format, int width, int height), \
      (format, width, height)) \
    F(unsigned char *, cairo_image_surface_get_data, (cairo_surface_t *surface), (surface)) \
    F(int, cairo_image_surface_get_stride, (cairo_surface_t *surface), (surface)) \
    F(cairo_surface_t *, cairo_pdf_surface_create_for_stream, \
      (cairo_write_func_t write, void *closure, double width, double height), (write, closure, width, height)) \
    F(void, cairo_pdf_surface_set_metadata, \
      (cairo_surface_t *surface, cairo_pdf_metadata_t metadata, const char *text), (surface, metadata, text)) \
    F(cairo_surface_t *, cairo_svg_surface_create_for_stream, \
      (cairo_write_func_t write, void *closure, double width, double height), (write, closure, width, height)) \
    F(void, cairo_svg_surface_set_document_unit, (cairo_surface_t *surface, cairo_svg_unit_t unit), (surface, unit)) \
    F(cairo_status_t, cairo_surface_write_to_png_stream, \
      (cairo_surface_t *surface, cairo_write_func_t write, void *closure), (surface, write, closure)) \
    F(cairo_status_t, cairo_surface_status, (cairo_surface_t *surface), (surface)) \
    F(void, cairo_surface_flush, (cairo_surface_t *surface), (surface)) \
    F(void, cairo_surface_mark_dirty, (cairo_surface_t *surface), (surface)) \
    F(void, cairo_surface_finish, (cairo_surface_t *surface), (surface)) \
    F(void, cairo_surface_destroy, (cairo_surface_t *surface), (surface)) \
    F(cairo_font_options_t *, cairo_font_options_create, (void), ()) \
    F(void, cairo_font_options_destroy, (cairo_font_options_t *options), (options)) \
    F(void, cairo_font_options_set_antialias, (cairo_font_options_t *options, cairo_antialias_t antialias), \
      (options, antialias)) \
    F(void, cairo_font_options_set_hint_style, (cairo_font_options_t *options, cairo_hint_style_t style), \
      (options, style)) \
    F(void, cairo_font_options_set_hint_metrics, (cairo_font_options_t *options, cairo_hint_metrics_t metrics), \
      (options, metrics)) \
    F(const char *, pango_version_string, (void), ()) \
    F(PangoLayout *, pango_cairo_create_layout, (cairo_t *c), (c)) \
    F(void, pango_cairo_show_layout, (cairo_t *c, PangoLayout *layout), (c, layout)) \
    F(void, pango_cairo_context_set_font_options, (PangoContext *context, const cairo_font_options_t *options), \
      (context, options)) \
    F(PangoFontDescription *, pango_font_description_new, (void), ()) \
    F(void, pango_font_description_free, (PangoFontDescription *description), (description)) \
    F(void, pango_font_description_set_family, (PangoFontDescription *description, const char *family), \
      (description, family)) \
    F(void, pango_font_description_set_weight, (PangoFontDescription *description, PangoWeight weight), \
      (description, weight)) \
    F(void, pango_font_description_set_absolute_size, (PangoFontDescription *description, double size), \
      (description, size)) \
    F(PangoContext *, pango_layout_get_context, (PangoLayout *layout), (layout)) \
    F(void, pango_layout_set_font_description, (PangoLayout *layout, const PangoFontDescription *description), \
      (layout, description)) \
    F(void, pango_layout_set_text, (PangoLayout *layout, const char *text, int length), (layout, text, length)) \
    F(void, pango_layout_set_single_paragraph_mode, (PangoLayout *layout, gboolean setting), (layout, setting)) \
    F(void, pango_layout_set_auto_dir, (PangoLayout *layout, gboolean auto_dir), (layout, auto_dir)) \
    F(void, pango_layout_set_width, (PangoLayout *layout, int width), (layout, width)) \
    F(void, pango_layout_set_height, (PangoLayout *layout, int height), (layout, height)) \
    F(void, pango_layout_set_wrap, (PangoLayout *layout, PangoWrapMode wrap), (layout, wrap)) \
    F(void, pango_layout_set_ellipsize, (PangoLayout *layout, PangoEllipsizeMode mode), (layout, mode)) \
    F(void, pango_layout_set_alignment, (PangoLayout *layout, PangoAlignment alignment), (layout, alignment)) \
    F(void, pango_layout_get_extents, (PangoLayout *layout, PangoRectangle *ink, PangoRectangle *logical), \
      (layout, ink, logical)) \
    F(int, pango_layout_get_baseline, (PangoLayout *layout), (layout)) \
    F(void, g_object_unref, (gpointer object), (object))
// clang-format on

#endif
