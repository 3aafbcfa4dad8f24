// Cairo, which draws, and Pango, which sets text: their types. CDrawing has the functions.
#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <cairo.h>
#include <pango/pangocairo.h>
