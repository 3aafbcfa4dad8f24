extension Operator {
    static let matmul = Operator("aten::matmul")
    static let bmm = Operator("aten::bmm")
    static let dot = Operator("aten::dot")
    static let outer = Operator("aten::outer")
    static let trace = Operator("aten::trace")
    static let einsum = Operator("aten::einsum")
    static let svd = Operator("aten::linalg_svd")
    static let eigh = Operator("aten::linalg_eigh")
    static let qr = Operator("aten::linalg_qr")
    static let cholesky = Operator("aten::linalg_cholesky")
    static let solve = Operator("aten::linalg_solve")
    static let inverse = Operator("aten::linalg_inv")
    static let det = Operator("aten::linalg_det")
    static let cdist = Operator("aten::cdist")
}

/// Products.
extension Tensor {
    /// The matrix product (`torch.matmul`): `[N, K]` and `[K, M]` give `[N, M]`, `[N, K]` and `[K]` give `[N]`.
    /// Dimensions before the last two are broadcast.
    public func matmul(_ other: Tensor) throws -> Tensor { try Operator.matmul(self, other) }

    /// The products of two batches of matrices: `[B, N, K]` and `[B, K, M]` give `[B, N, M]` (`torch.bmm`).
    public func bmm(_ other: Tensor) throws -> Tensor { try Operator.bmm(self, other) }

    /// The dot product of two vectors: `[N]` and `[N]` give a scalar (`torch.dot`).
    public func dot(_ other: Tensor) throws -> Tensor { try Operator.dot(self, other) }

    /// The outer product of two vectors: `[N]` and `[M]` give `[N, M]` (`torch.outer`).
    public func outer(_ other: Tensor) throws -> Tensor { try Operator.outer(self, other) }

    /// A sum of products in Einstein notation: `einsum("bij,bjk->bik", a, b)` is `a.bmm(b)` (`torch.einsum`).
    ///
    /// - Parameters:
    ///   - equation: A letter for each dimension of each tensor, then `->` and the letters of the result. Sums run over
    ///     the other letters.
    ///   - tensors: One tensor for each part of the equation.
    public static func einsum(_ equation: String, _ tensors: Tensor...) throws -> Tensor {
        try Operator.einsum(equation, tensors)
    }

    /// The pairwise distances between rows, Euclidean or of order `p`: `[N, K]` and `[M, K]` give `[N, M]`
    /// (`torch.cdist`).
    public func cdist(_ other: Tensor, p: Double = 2) throws -> Tensor { try Operator.cdist(self, other, p) }
}

/// Operations on floating-point matrices, `[N, M]`, or on batches of them, `[…, N, M]`.
extension Tensor {
    /// The sum of the diagonal: `[N, M]` gives a scalar (`torch.trace`).
    public func trace() throws -> Tensor { try Operator.trace(self) }

    /// The determinant: `[…, N, N]` gives `[…]` (`torch.linalg.det`).
    public func det() throws -> Tensor { try Operator.det(self) }

    /// The inverse: `[…, N, N]` gives the same shape (`torch.linalg.inv`).
    ///
    /// - Throws: `TorchError` for a singular matrix.
    public func inverse() throws -> Tensor { try Operator.inverse(self) }

    /// The solution X of A X = B, where A is this matrix: `[…, N, N]` and `[…, N, K]` give `[…, N, K]`; a vector `[N]`
    /// gives `[N]` (`torch.linalg.solve`).
    ///
    /// - Throws: `TorchError` for a singular matrix.
    public func solve(_ right: Tensor) throws -> Tensor { try Operator.solve(self, right) }

    /// The singular value decomposition A = U diag(S) Vᵀ: `[…, N, M]` gives U `[…, N, N]`, S `[…, min(N, M)]` in
    /// descending order, and Vᵀ `[…, M, M]` (`torch.linalg.svd`).
    ///
    /// - Parameter fullMatrices: If false, U and Vᵀ are reduced: U `[…, N, min(N, M)]`, Vᵀ `[…, min(N, M), M]`.
    public func svd(fullMatrices: Bool = true) throws -> (u: Tensor, s: Tensor, vh: Tensor) {
        let results = try Operator.svd.tensors(self, fullMatrices)
        return (results[0], results[1], results[2])
    }

    /// The eigenvalues of a symmetric matrix in ascending order, `[…, N]`, and its eigenvectors as columns, `[…, N, N]`
    /// (`torch.linalg.eigh`). Only the lower triangle is read.
    public func eigh() throws -> (values: Tensor, vectors: Tensor) {
        let (values, vectors) = try Operator.eigh.pair(self)
        return (values, vectors)
    }

    /// The decomposition A = Q R with orthogonal columns in Q and an upper triangular R: `[…, N, M]` gives `[…, N, K]`
    /// and `[…, K, M]`, where K is the smaller of N and M (`torch.linalg.qr`).
    public func qr() throws -> (q: Tensor, r: Tensor) {
        let (q, r) = try Operator.qr.pair(self)
        return (q, r)
    }

    /// The lower triangular L of a symmetric positive definite matrix A = L Lᵀ: `[…, N, N]` gives the same shape
    /// (`torch.linalg.cholesky`).
    public func cholesky() throws -> Tensor { try Operator.cholesky(self) }
}
