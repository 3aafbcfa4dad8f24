internal import Classifier
internal import NIOSSL
internal import Platform
internal import Serving

extension ServingConfiguration.Security {
    /// Reads the certificate chain and the private key; nil if there are none.
    ///
    /// - Throws: `ApusError` if a file can't be read, is not PEM, or if the key is not that of the certificate.
    func tlsConfiguration() throws(ApusError) -> TLSConfiguration? {
        guard let tlsCertificate, let tlsKey else { return nil }
        let certificates = try Self.read(tlsCertificate, "tlsCertificate", "certificate chain") { bytes in
            try NIOSSLCertificate.fromPEMBytes(bytes)
        }
        let key = try Self.read(tlsKey, "tlsKey", "unencrypted private key") { bytes in
            try NIOSSLPrivateKey(bytes: bytes, format: .pem)
        }
        guard !certificates.isEmpty else { throw Self.invalid(tlsCertificate, "tlsCertificate", "certificate chain") }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        do {
            _ = try NIOSSLContext(configuration: configuration)
        } catch {
            throw ApusError(
                .invalidConfiguration, path: tlsKey, name: "security.tlsKey",
                "it is not the private key of the first certificate in \(tlsCertificate)",
                advice: "give the key for which the certificate was made, and the certificate of the server first",
                underlyingError: error)
        }
        return configuration
    }

    private static func read<Value>(
        _ path: String, _ setting: String, _ content: String, _ parse: ([UInt8]) throws -> Value
    ) throws(ApusError) -> Value {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try fileBytes(path)
        } catch {
            throw ApusError(
                .unreadableFile, path: path, name: "security.\(setting)", "the file can't be read: \(error.reason)",
                advice: error.advice, underlyingError: error)
        }
        do {
            return try parse(bytes)
        } catch {
            throw invalid(path, setting, content, error)
        }
    }

    private static func invalid(
        _ path: String, _ setting: String, _ content: String, _ error: (any Error)? = nil
    ) -> ApusError {
        ApusError(
            .damagedFile, path: path, name: "security.\(setting)", "it contains no \(content) in PEM format",
            advice: "convert it with the program openssl", underlyingError: error)
    }
}
