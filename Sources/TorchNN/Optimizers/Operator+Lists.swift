internal import Torch

/// Operators on a list of tensors: on CUDA one kernel processes many of them. The lists must not be empty.
extension Operator {
    static let foreachAddScalar = Operator("aten::_foreach_add_.Scalar")
    static let foreachAddInPlace = Operator("aten::_foreach_add_.List")
    static let foreachAdd = Operator("aten::_foreach_add.List")
    static let foreachMultiplyScalar = Operator("aten::_foreach_mul_.Scalar")
    static let foreachMultiplyByScalarTensor = Operator("aten::_foreach_mul_.Tensor")
    static let foreachMultiplyInPlace = Operator("aten::_foreach_mul_.List")
    static let foreachDivideByScalarTensor = Operator("aten::_foreach_div.Tensor")
    static let foreachDivide = Operator("aten::_foreach_div.List")
    static let foreachAddProduct = Operator("aten::_foreach_addcmul_.Scalar")
    static let foreachWithProduct = Operator("aten::_foreach_addcmul.Scalar")
    static let foreachAddQuotient = Operator("aten::_foreach_addcdiv_.Scalar")
    static let foreachInterpolate = Operator("aten::_foreach_lerp_.Scalar")
    static let foreachInterpolated = Operator("aten::_foreach_lerp.Scalar")
    static let foreachSquareRoot = Operator("aten::_foreach_sqrt")
    static let foreachSquareRootInPlace = Operator("aten::_foreach_sqrt_")
    static let foreachSign = Operator("aten::_foreach_sign")
    static let foreachSignInPlace = Operator("aten::_foreach_sign_")
    static let foreachNorm = Operator("aten::_foreach_norm.Scalar")
    static let foreachClampLow = Operator("aten::_foreach_clamp_min_.Scalar")
    static let foreachClampHigh = Operator("aten::_foreach_clamp_max_.Scalar")
    static let checkFiniteAndUnscale = Operator("aten::_amp_foreach_non_finite_check_and_unscale_")
}

/// The Euclidean norm of all elements of all tensors, a scalar on the device of the first tensor, as
/// `torch.nn.utils.get_total_norm`.
func totalNorm(of tensors: [Tensor]) throws -> Tensor {
    guard let device = tensors.first?.device else { return try Tensor(Float(0)) }
    let norms = try Operator.foreachNorm.tensors(tensors, 2.0).map { try $0.to(device) }
    return try Tensor.stack(norms).norm()
}
