internal import Glibc

/// The user's home folder: `$HOME`, or where that is not set, as in services and some containers, the one that the system
/// has for the account; for an account without one, the root.
///
/// - Parameter variable: the value of `HOME`.
package func homeFolder(variable: String?) -> String {
    if let variable, variable.hasPrefix("/") { return variable }
    var (entry, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
    var texts = [CChar](repeating: 0, count: 1 << 14)
    guard getpwuid_r(getuid(), &entry, &texts, texts.count, &found) == 0, found != nil, let folder = entry.pw_dir
    else { return "/" }
    let home = String(cString: folder)
    return home.hasPrefix("/") ? home : "/"
}
