import Foundation
import Glibc
import Testing

@testable import Torch

@Suite("What the system grants") struct ThreadSupplyTests {
    @Test("Threads are granted here, and counted no further than they matter")
    func threads() {
        #expect(ThreadSupply.available >= ThreadSupply.needed)
        #expect(ThreadSupply.available <= ThreadSupply.needed + 2 * ProcessInfo.processInfo.activeProcessorCount + 2)
    }

    @Test("The home folder is the variable's, or else the account's, never the working folder")
    func home() throws {
        #expect(homeFolder(variable: "/home/a") == "/home/a")
        let account = try #require(getpwuid(getuid())?.pointee.pw_dir.map { String(cString: $0) })
        for variable in [nil, "", "relative"] { #expect(homeFolder(variable: variable) == account) }
    }
}
