/// The version of Apus: the library, the command and the server.
package let apusVersion = "0.1.0"
