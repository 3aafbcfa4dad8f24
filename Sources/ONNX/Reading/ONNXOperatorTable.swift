// Made by scripts/onnx-operators.

/// ONNX's own operators in the versions that the operator sets 13 to 21 use.
enum ONNXOperatorTable {
    /// The operator sets that the table is for.
    static let operatorSets = 13...21

    /// A line for each operator and version: its name, the operator set since which it is so, its inputs (r required,
    /// o optional, v any number), the least number of them, its outputs likewise, and its attributes by name and type
    /// (! for those that must be there).
    // swift-format-ignore
    static let text = """
        Abs 13 r 1 r 1
        Acos 7 r 1 r 1
        Acosh 9 r 1 r 1
        Add 13 rr 2 r 1
        Add 14 rr 2 r 1
        AffineGrid 20 rr 2 r 1 align_corners:i
        And 7 rr 2 r 1
        ArgMax 13 r 1 r 1 axis:i keepdims:i select_last_index:i
        ArgMin 13 r 1 r 1 axis:i keepdims:i select_last_index:i
        Asin 7 r 1 r 1
        Asinh 9 r 1 r 1
        Atan 7 r 1 r 1
        Atanh 9 r 1 r 1
        AveragePool 11 r 1 r 1 auto_pad:s ceil_mode:i count_include_pad:i kernel_shape:I! pads:I strides:I
        AveragePool 19 r 1 r 1 auto_pad:s ceil_mode:i count_include_pad:i dilations:I kernel_shape:I! pads:I strides:I
        BatchNormalization 9 rrrrr 5 roooo 1 epsilon:f momentum:f
        BatchNormalization 14 rrrrr 5 roo 1 epsilon:f momentum:f training_mode:i
        BatchNormalization 15 rrrrr 5 roo 1 epsilon:f momentum:f training_mode:i
        Bernoulli 15 r 1 r 1 dtype:i seed:f
        BitShift 11 rr 2 r 1 direction:s!
        BitwiseAnd 18 rr 2 r 1
        BitwiseNot 18 r 1 r 1
        BitwiseOr 18 rr 2 r 1
        BitwiseXor 18 rr 2 r 1
        BlackmanWindow 17 r 1 r 1 output_datatype:i periodic:i
        Cast 13 r 1 r 1 to:i!
        Cast 19 r 1 r 1 saturate:i to:i!
        Cast 21 r 1 r 1 saturate:i to:i!
        CastLike 15 rr 2 r 1
        CastLike 19 rr 2 r 1 saturate:i
        CastLike 21 rr 2 r 1 saturate:i
        Ceil 13 r 1 r 1
        Celu 12 r 1 r 1 alpha:f
        CenterCropPad 18 rr 2 r 1 axes:I
        Clip 13 roo 1 r 1
        Col2Im 18 rrr 3 r 1 dilations:I pads:I strides:I
        Compress 11 rr 2 r 1 axis:i
        Concat 13 v 1 r 1 axis:i!
        ConcatFromSequence 11 r 1 r 1 axis:i! new_axis:i
        Constant 13 - 0 r 1 sparse_value:x value:t value_float:f value_floats:F value_int:i value_ints:I value_string:s value_strings:S
        Constant 19 - 0 r 1 sparse_value:x value:t value_float:f value_floats:F value_int:i value_ints:I value_string:s value_strings:S
        Constant 21 - 0 r 1 sparse_value:x value:t value_float:f value_floats:F value_int:i value_ints:I value_string:s value_strings:S
        ConstantOfShape 9 r 1 r 1 value:t
        ConstantOfShape 20 r 1 r 1 value:t
        ConstantOfShape 21 r 1 r 1 value:t
        Conv 11 rro 2 r 1 auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I
        ConvInteger 10 rroo 2 r 1 auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I
        ConvTranspose 11 rro 2 r 1 auto_pad:s dilations:I group:i kernel_shape:I output_padding:I output_shape:I pads:I strides:I
        Cos 7 r 1 r 1
        Cosh 9 r 1 r 1
        CumSum 11 rr 2 r 1 exclusive:i reverse:i
        CumSum 14 rr 2 r 1 exclusive:i reverse:i
        DFT 17 ro 1 r 1 axis:i inverse:i onesided:i
        DFT 20 roo 1 r 1 inverse:i onesided:i
        DeformConv 19 rrroo 3 r 1 dilations:I group:i kernel_shape:I offset_group:i pads:I strides:I
        DepthToSpace 13 r 1 r 1 blocksize:i! mode:s
        DequantizeLinear 13 rro 2 r 1 axis:i
        DequantizeLinear 19 rro 2 r 1 axis:i
        DequantizeLinear 21 rro 2 r 1 axis:i block_size:i
        Det 11 r 1 r 1
        Div 13 rr 2 r 1
        Div 14 rr 2 r 1
        Dropout 13 roo 1 ro 1 seed:i
        DynamicQuantizeLinear 11 r 1 rrr 3
        Einsum 12 v 1 r 1 equation:s!
        Elu 6 r 1 r 1 alpha:f
        Equal 13 rr 2 r 1
        Equal 19 rr 2 r 1
        Erf 13 r 1 r 1
        Exp 13 r 1 r 1
        Expand 13 rr 2 r 1
        EyeLike 9 r 1 r 1 dtype:i k:i
        Flatten 13 r 1 r 1 axis:i
        Flatten 21 r 1 r 1 axis:i
        Floor 13 r 1 r 1
        GRU 7 rrrooo 3 oo 0 activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i linear_before_reset:i
        GRU 14 rrrooo 3 oo 0 activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i layout:i linear_before_reset:i
        Gather 13 rr 2 r 1 axis:i
        GatherElements 13 rr 2 r 1 axis:i
        GatherND 13 rr 2 r 1 batch_dims:i
        Gelu 20 r 1 r 1 approximate:s
        Gemm 13 rro 2 r 1 alpha:f beta:f transA:i transB:i
        GlobalAveragePool 1 r 1 r 1
        GlobalLpPool 2 r 1 r 1 p:i
        GlobalMaxPool 1 r 1 r 1
        Greater 13 rr 2 r 1
        GreaterOrEqual 12 rr 2 r 1
        GreaterOrEqual 16 rr 2 r 1
        GridSample 16 rr 2 r 1 align_corners:i mode:s padding_mode:s
        GridSample 20 rr 2 r 1 align_corners:i mode:s padding_mode:s
        GroupNormalization 21 rrr 3 r 1 epsilon:f num_groups:i! stash_type:i
        HammingWindow 17 r 1 r 1 output_datatype:i periodic:i
        HannWindow 17 r 1 r 1 output_datatype:i periodic:i
        HardSigmoid 6 r 1 r 1 alpha:f beta:f
        HardSwish 14 r 1 r 1
        Hardmax 13 r 1 r 1 axis:i
        Identity 13 r 1 r 1
        Identity 14 r 1 r 1
        Identity 16 r 1 r 1
        Identity 19 r 1 r 1
        Identity 21 r 1 r 1
        If 13 r 1 v 1 else_branch:g! then_branch:g!
        If 16 r 1 v 1 else_branch:g! then_branch:g!
        If 19 r 1 v 1 else_branch:g! then_branch:g!
        If 21 r 1 v 1 else_branch:g! then_branch:g!
        ImageDecoder 20 r 1 r 1 pixel_format:s
        InstanceNormalization 6 rrr 3 r 1 epsilon:f
        IsInf 10 r 1 r 1 detect_negative:i detect_positive:i
        IsInf 20 r 1 r 1 detect_negative:i detect_positive:i
        IsNaN 13 r 1 r 1
        IsNaN 20 r 1 r 1
        LRN 13 r 1 r 1 alpha:f beta:f bias:f size:i!
        LSTM 7 rrrooooo 3 ooo 0 activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i input_forget:i
        LSTM 14 rrrooooo 3 ooo 0 activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i input_forget:i layout:i
        LayerNormalization 17 rro 2 roo 1 axis:i epsilon:f stash_type:i
        LeakyRelu 6 r 1 r 1 alpha:f
        LeakyRelu 16 r 1 r 1 alpha:f
        Less 13 rr 2 r 1
        LessOrEqual 12 rr 2 r 1
        LessOrEqual 16 rr 2 r 1
        Log 13 r 1 r 1
        LogSoftmax 13 r 1 r 1 axis:i
        Loop 13 oov 2 v 1 body:g!
        Loop 16 oov 2 v 1 body:g!
        Loop 19 oov 2 v 1 body:g!
        Loop 21 oov 2 v 1 body:g!
        LpNormalization 1 r 1 r 1 axis:i p:i
        LpPool 11 r 1 r 1 auto_pad:s kernel_shape:I! p:i pads:I strides:I
        LpPool 18 r 1 r 1 auto_pad:s ceil_mode:i dilations:I kernel_shape:I! p:i pads:I strides:I
        MatMul 13 rr 2 r 1
        MatMulInteger 10 rroo 2 r 1
        Max 13 v 1 r 1
        MaxPool 12 r 1 ro 1 auto_pad:s ceil_mode:i dilations:I kernel_shape:I! pads:I storage_order:i strides:I
        MaxRoiPool 1 rr 2 r 1 pooled_shape:I! spatial_scale:f
        MaxUnpool 11 rro 2 r 1 kernel_shape:I! pads:I strides:I
        Mean 13 v 1 r 1
        MeanVarianceNormalization 13 r 1 r 1 axes:I
        MelWeightMatrix 17 rrrrr 5 r 1 output_datatype:i
        Min 13 v 1 r 1
        Mish 18 r 1 r 1
        Mod 13 rr 2 r 1 fmod:i
        Mul 13 rr 2 r 1
        Mul 14 rr 2 r 1
        Multinomial 7 r 1 r 1 dtype:i sample_size:i seed:f
        Neg 13 r 1 r 1
        NegativeLogLikelihoodLoss 13 rro 2 r 1 ignore_index:i reduction:s
        NonMaxSuppression 11 rrooo 2 r 1 center_point_box:i
        NonZero 13 r 1 r 1
        Not 1 r 1 r 1
        OneHot 11 rrr 3 r 1 axis:i
        Optional 15 o 0 r 1 type:x
        OptionalGetElement 15 r 1 r 1
        OptionalGetElement 18 r 1 r 1
        OptionalHasElement 15 r 1 r 1
        OptionalHasElement 18 o 0 r 1
        Or 7 rr 2 r 1
        PRelu 9 rr 2 r 1
        PRelu 16 rr 2 r 1
        Pad 13 rro 2 r 1 mode:s
        Pad 18 rroo 2 r 1 mode:s
        Pad 19 rroo 2 r 1 mode:s
        Pad 21 rroo 2 r 1 mode:s
        Pow 13 rr 2 r 1
        Pow 15 rr 2 r 1
        QLinearConv 10 rrrrrrrro 8 r 1 auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I
        QLinearMatMul 10 rrrrrrrr 8 r 1
        QLinearMatMul 21 rrrrrrrr 8 r 1
        QuantizeLinear 13 rro 2 r 1 axis:i
        QuantizeLinear 19 rro 2 r 1 axis:i saturate:i
        QuantizeLinear 21 rro 2 r 1 axis:i block_size:i output_dtype:i saturate:i
        RNN 7 rrrooo 3 oo 0 activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i
        RNN 14 rrrooo 3 oo 0 activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i layout:i
        RandomNormal 1 - 0 r 1 dtype:i mean:f scale:f seed:f shape:I!
        RandomNormalLike 1 r 1 r 1 dtype:i mean:f scale:f seed:f
        RandomUniform 1 - 0 r 1 dtype:i high:f low:f seed:f shape:I!
        RandomUniformLike 1 r 1 r 1 dtype:i high:f low:f seed:f
        Range 11 rrr 3 r 1
        Reciprocal 13 r 1 r 1
        ReduceL1 13 r 1 r 1 axes:I keepdims:i
        ReduceL1 18 ro 1 r 1 keepdims:i noop_with_empty_axes:i
        ReduceL2 13 r 1 r 1 axes:I keepdims:i
        ReduceL2 18 ro 1 r 1 keepdims:i noop_with_empty_axes:i
        ReduceLogSum 13 r 1 r 1 axes:I keepdims:i
        ReduceLogSum 18 ro 1 r 1 keepdims:i noop_with_empty_axes:i
        ReduceLogSumExp 13 r 1 r 1 axes:I keepdims:i
        ReduceLogSumExp 18 ro 1 r 1 keepdims:i noop_with_empty_axes:i
        ReduceMax 13 r 1 r 1 axes:I keepdims:i
        ReduceMax 18 ro 1 r 1 keepdims:i noop_with_empty_axes:i
        ReduceMax 20 ro 1 r 1 keepdims:i noop_with_empty_axes:i
        ReduceMean 13 r 1 r 1 axes:I keepdims:i
        ReduceMean 18 ro 1 r 1 keepdims:i noop_with_empty_axes:i
        ReduceMin 13 r 1 r 1 axes:I keepdims:i
        ReduceMin 18 ro 1 r 1 keepdims:i noop_with_empty_axes:i
        ReduceMin 20 ro 1 r 1 keepdims:i noop_with_empty_axes:i
        ReduceProd 13 r 1 r 1 axes:I keepdims:i
        ReduceProd 18 ro 1 r 1 keepdims:i noop_with_empty_axes:i
        ReduceSum 13 ro 1 r 1 keepdims:i noop_with_empty_axes:i
        ReduceSumSquare 13 r 1 r 1 axes:I keepdims:i
        ReduceSumSquare 18 ro 1 r 1 keepdims:i noop_with_empty_axes:i
        RegexFullMatch 20 r 1 r 1 pattern:s
        Relu 13 r 1 r 1
        Relu 14 r 1 r 1
        Reshape 13 rr 2 r 1
        Reshape 14 rr 2 r 1 allowzero:i
        Reshape 19 rr 2 r 1 allowzero:i
        Reshape 21 rr 2 r 1 allowzero:i
        Resize 13 rooo 1 r 1 coordinate_transformation_mode:s cubic_coeff_a:f exclude_outside:i extrapolation_value:f mode:s nearest_mode:s
        Resize 18 rooo 1 r 1 antialias:i axes:I coordinate_transformation_mode:s cubic_coeff_a:f exclude_outside:i extrapolation_value:f keep_aspect_ratio_policy:s mode:s nearest_mode:s
        Resize 19 rooo 1 r 1 antialias:i axes:I coordinate_transformation_mode:s cubic_coeff_a:f exclude_outside:i extrapolation_value:f keep_aspect_ratio_policy:s mode:s nearest_mode:s
        ReverseSequence 10 rr 2 r 1 batch_axis:i time_axis:i
        RoiAlign 10 rrr 3 r 1 mode:s output_height:i output_width:i sampling_ratio:i spatial_scale:f
        RoiAlign 16 rrr 3 r 1 coordinate_transformation_mode:s mode:s output_height:i output_width:i sampling_ratio:i spatial_scale:f
        Round 11 r 1 r 1
        STFT 17 rroo 2 r 1 onesided:i
        Scan 11 v 1 v 1 body:g! num_scan_inputs:i! scan_input_axes:I scan_input_directions:I scan_output_axes:I scan_output_directions:I
        Scan 16 v 1 v 1 body:g! num_scan_inputs:i! scan_input_axes:I scan_input_directions:I scan_output_axes:I scan_output_directions:I
        Scan 19 v 1 v 1 body:g! num_scan_inputs:i! scan_input_axes:I scan_input_directions:I scan_output_axes:I scan_output_directions:I
        Scan 21 v 1 v 1 body:g! num_scan_inputs:i! scan_input_axes:I scan_input_directions:I scan_output_axes:I scan_output_directions:I
        ScatterElements 13 rrr 3 r 1 axis:i
        ScatterElements 16 rrr 3 r 1 axis:i reduction:s
        ScatterElements 18 rrr 3 r 1 axis:i reduction:s
        ScatterND 13 rrr 3 r 1
        ScatterND 16 rrr 3 r 1 reduction:s
        ScatterND 18 rrr 3 r 1 reduction:s
        Selu 6 r 1 r 1 alpha:f gamma:f
        SequenceAt 11 rr 2 r 1
        SequenceConstruct 11 v 1 r 1
        SequenceEmpty 11 - 0 r 1 dtype:i
        SequenceErase 11 ro 1 r 1
        SequenceInsert 11 rro 2 r 1
        SequenceLength 11 r 1 r 1
        SequenceMap 17 rv 1 v 1 body:g!
        Shape 13 r 1 r 1
        Shape 15 r 1 r 1 end:i start:i
        Shape 19 r 1 r 1 end:i start:i
        Shape 21 r 1 r 1 end:i start:i
        Shrink 9 r 1 r 1 bias:f lambd:f
        Sigmoid 13 r 1 r 1
        Sign 13 r 1 r 1
        Sin 7 r 1 r 1
        Sinh 9 r 1 r 1
        Size 13 r 1 r 1
        Size 19 r 1 r 1
        Size 21 r 1 r 1
        Slice 13 rrroo 3 r 1
        Softmax 13 r 1 r 1 axis:i
        SoftmaxCrossEntropyLoss 13 rro 2 ro 1 ignore_index:i reduction:s
        Softplus 1 r 1 r 1
        Softsign 1 r 1 r 1
        SpaceToDepth 13 r 1 r 1 blocksize:i!
        Split 13 ro 1 v 1 axis:i
        Split 18 ro 1 v 1 axis:i num_outputs:i
        SplitToSequence 11 ro 1 r 1 axis:i keepdims:i
        Sqrt 13 r 1 r 1
        Squeeze 13 ro 1 r 1
        Squeeze 21 ro 1 r 1
        StringConcat 20 rr 2 r 1
        StringNormalizer 10 r 1 r 1 case_change_action:s is_case_sensitive:i locale:s stopwords:S
        StringSplit 20 r 1 rr 2 delimiter:s maxsplit:i
        Sub 13 rr 2 r 1
        Sub 14 rr 2 r 1
        Sum 13 v 1 r 1
        Tan 7 r 1 r 1
        Tanh 13 r 1 r 1
        TfIdfVectorizer 9 r 1 r 1 max_gram_length:i! max_skip_count:i! min_gram_length:i! mode:s! ngram_counts:I! ngram_indexes:I! pool_int64s:I pool_strings:S weights:F
        ThresholdedRelu 10 r 1 r 1 alpha:f
        Tile 13 rr 2 r 1
        TopK 11 rr 2 rr 2 axis:i largest:i sorted:i
        Transpose 13 r 1 r 1 perm:I
        Transpose 21 r 1 r 1 perm:I
        Trilu 14 ro 1 r 1 upper:i
        Unique 11 r 1 rooo 1 axis:i sorted:i
        Unsqueeze 13 rr 2 r 1
        Unsqueeze 21 rr 2 r 1
        Where 9 rrr 3 r 1
        Where 16 rrr 3 r 1
        Xor 7 rr 2 r 1
        """
}
