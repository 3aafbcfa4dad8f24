import Foundation
import LibC
import Testing

@testable import Platform

@Suite("Threads, home folder and cores") struct ThreadSupplyTests {
    @Test("Threads are available and counted up to the number needed")
    func threads() {
        #expect(ThreadSupply.available >= ThreadSupply.needed)
        #expect(ThreadSupply.available <= ThreadSupply.needed + 2 * ProcessInfo.processInfo.activeProcessorCount + 2)
    }

    @Test("The home folder is that of the variable or the account, never the working folder")
    func home() throws {
        #expect(homeFolder(variable: "/home/a") == "/home/a")
        let account = try #require(getpwuid(getuid())?.pointee.pw_dir.map { String(cString: $0) })
        for variable in [nil, "", "relative"] { #expect(homeFolder(variable: variable) == account) }
    }

    @Test(
        "Containers limit the number of cores",
        arguments: [
            ("max 100000\n", nil), ("200000 100000\n", 2), ("150000 100000", 2), ("1000 100000", 1),
            ("400000 50000", 8),
            ("", nil), ("0 100000", nil), ("-1 100000", nil), ("100000", nil), ("9223372036854775807 1", Int.max),
        ])
    func cores(text: String, limit: Int?) {
        #expect(ProcessorCount.limit(text) == limit)
    }
}
