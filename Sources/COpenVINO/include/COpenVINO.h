// OpenVINO's C API, opened at run time: a program built with this needs OpenVINO only when it calls it.
//
// The functions have OpenVINO's names without `ov_` and are described in its headers (`openvino/c/*.h`).

#ifndef COPENVINO_H
#define COPENVINO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openvino/c/ov_common.h>
#include <openvino/c/ov_compiled_model.h>
#include <openvino/c/ov_core.h>
#include <openvino/c/ov_infer_request.h>
#include <openvino/c/ov_model.h>
#include <openvino/c/ov_node.h>
#include <openvino/c/ov_partial_shape.h>
#include <openvino/c/ov_property.h>
#include <openvino/c/ov_shape.h>
#include <openvino/c/ov_tensor.h>

/// Calls `FUNCTION(name)` for each function that Apus uses, the name without `ov_`.
#define COPENVINO_FUNCTIONS(FUNCTION)                 \
    FUNCTION(free)                                    \
    FUNCTION(get_error_info)                          \
    FUNCTION(get_last_err_msg)                        \
    FUNCTION(get_openvino_version)                    \
    FUNCTION(version_free)                            \
    FUNCTION(core_create)                             \
    FUNCTION(core_free)                               \
    FUNCTION(core_set_properties)                     \
    FUNCTION(core_get_property)                       \
    FUNCTION(core_read_model)                         \
    FUNCTION(core_read_model_from_memory_buffer)      \
    FUNCTION(core_compile_model_props)                \
    FUNCTION(core_import_model)                       \
    FUNCTION(model_free)                              \
    FUNCTION(model_inputs_size)                       \
    FUNCTION(model_outputs_size)                      \
    FUNCTION(model_const_input)                       \
    FUNCTION(model_reshape_single_input)              \
    FUNCTION(compiled_model_free)                     \
    FUNCTION(compiled_model_get_property)             \
    FUNCTION(compiled_model_input)                    \
    FUNCTION(compiled_model_output)                   \
    FUNCTION(compiled_model_export_model)             \
    FUNCTION(compiled_model_create_infer_request)     \
    FUNCTION(const_port_get_shape)                    \
    FUNCTION(port_get_partial_shape)                  \
    FUNCTION(port_get_element_type)                   \
    FUNCTION(output_const_port_free)                  \
    FUNCTION(shape_free)                              \
    FUNCTION(partial_shape_create_static)             \
    FUNCTION(partial_shape_free)                      \
    FUNCTION(tensor_create_from_host_ptr)             \
    FUNCTION(tensor_free)                             \
    FUNCTION(infer_request_free)                      \
    FUNCTION(infer_request_set_input_tensor)          \
    FUNCTION(infer_request_set_output_tensor)         \
    FUNCTION(infer_request_start_async)               \
    FUNCTION(infer_request_wait)                      \
    FUNCTION(infer_request_cancel)

/// OpenVINO's functions with their types; none is NULL.
typedef struct copenvino_functions {
#define COPENVINO_POINTER(name) __typeof__(ov_##name) *name;
    COPENVINO_FUNCTIONS(COPENVINO_POINTER)
#undef COPENVINO_POINTER
} copenvino_functions;

/// Opens `library`, a path or a name for the loader, and fills in `functions`. The library stays open until the process
/// ends. If it cannot be used, returns false and writes the reason to `reason`.
bool copenvino_open(const char *library, copenvino_functions *functions, char *reason, size_t capacity);

#endif
