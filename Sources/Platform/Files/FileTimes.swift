package import LibC

extension stat {
    /// The time when the content was last changed.
    package var modificationTime: timespec {
        #if canImport(Darwin)
            return st_mtimespec
        #else
            return st_mtim
        #endif
    }

    /// The time when the content or the attributes were last changed. It cannot be set back.
    package var changeTime: timespec {
        #if canImport(Darwin)
            return st_ctimespec
        #else
            return st_ctim
        #endif
    }
}
