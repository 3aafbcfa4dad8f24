package import Platform

extension PredictionParts {
    /// Compares the length of a list, so far, with the lists of complete shards.
    ///
    /// - Throws: `ApusError` if it is longer.
    package func check(listed count: Int) throws(ApusError) {
        guard let mark = marks.first(where: { count > $0.listed }) else { return }
        throw otherList(
            "shard \(mark.shard) of \(mark.shards) was complete with a list of \(mark.listed.grouped), and this one has "
                + "more")
    }

    /// Marks the shard as complete, after its last image was read and written.
    ///
    /// - Parameters:
    ///   - count: the number of entries of the whole list.
    ///   - digest: a checksum of the whole list.
    /// - Throws: `ApusError` if the files have images that the list does not have, if another shard was complete with
    ///   another list, or if too many images are unreadable. The images of the current file are missing again then.
    package func complete(count: Int, digest: Digest64) throws {
        guard reading.part == finished.count else {
            throw otherList("it is shorter than before: \(finished[reading.part].text) has further images")
        }
        let mark = ShardMark(
            images: reading.place, list: digest.value.hexadecimal, listed: count, shard: shard.number,
            shards: shard.count)
        func check(_ marks: [ShardMark]) throws {
            if let difference = marks.lazy.compactMap(mark.difference).first { throw otherList(difference) }
        }
        try check(marks + ShardMark.all(in: folder, shards: shard.count))
        do {
            try checkUnreadable()
            if readNothing { throw noReadableImages }
        } catch {
            discardFile()
            throw error
        }
        try finishFile()
        try manifest.write(in: folder)
        try mark.write(in: folder)
        do {
            // A shard with another list may have been completed at the same time.
            try check(ShardMark.all(in: folder, shards: shard.count))
        } catch {
            try ShardMark.remove(shard, in: folder)
            throw error
        }
    }

    /// Returns the error for another list, whose results are discarded.
    func otherList(_ difference: String) -> ApusError {
        discardFile()
        return ApusError(
            .datasetChanged, path: folder,
            "the list of images is not the one that this folder was begun with: " + difference,
            advice: "use the same list, or another folder")
    }

    /// The number of images of the shard so far, and of unreadable ones among them.
    private var counts: (images: Int, failures: Int) {
        finished.reduce(into: (written.images, written.failures)) {
            $0.0 += $1.count
            $0.1 += $1.failures
        }
    }

    /// Whether this process could read none of its images, and the limit does not allow that.
    var readNothing: Bool {
        written.images > 0 && written.failures == written.images
            && maximumUnreadable?.allows(counts.failures, of: counts.images) != true
    }

    var noReadableImages: ApusError {
        ApusError(
            .noReadableImages, path: folder,
            "none of the \(counted(written.images, "image")) could be read"
                + (firstFailure.map { "; the first: \($0)" } ?? ""),
            advice:
                "check that this machine has them, and start again; if they are damaged, allow that with a "
                + "limit for the shard (`maximumUnreadable`)")
    }

    /// Throws an error if more images of the shard are unreadable than the limit allows.
    func checkUnreadable() throws(ApusError) {
        let (images, failures) = counts
        guard let maximumUnreadable, !maximumUnreadable.allows(failures, of: images) else { return }
        throw ApusError(
            .unreadableImage, path: folder,
            "\(failures.grouped) of \(counted(images, "image")) of this shard can't be read, but the limit is "
                + "\(maximumUnreadable)" + (firstFailure.map { "; the first of this process: \($0)" } ?? ""),
            advice:
                "raise the limit (`maximumUnreadable`), or remove the files with unreadable images, which have their "
                + "number before the checksum, to try them again")
    }
}
