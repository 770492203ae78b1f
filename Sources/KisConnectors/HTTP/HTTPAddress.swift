import Foundation
import KisFlow

/// An address to ask, with a form that people may read.
struct HTTPAddress: Sendable, Hashable {
    let url: String
    /// `host:port` with its scheme: secrets that are meant for one server do not go to another.
    let origin: String
    /// What stands for user and password in the address, as a header.
    let authorization: String?
    /// Without secrets.
    let description: String

    /// - Throws: `FlowError` of kind `connector` for what is no address.
    init(_ text: String, _ secrets: Secrets) throws {
        guard var parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = parts.host, !host.isEmpty
        else {
            let shown = text.split(separator: "?").first.map { $0.contains("@") ? "…" : String($0) } ?? ""
            throw FlowError(.connector, "\"\(secrets.redacted(shown))\" is no address of the form http://host/path or https://host/path")
        }
        authorization = parts.user.map { user in
            "Basic " + Data("\(user):\(parts.password ?? "")".utf8).base64EncodedString()
        }
        parts.user = nil
        parts.password = nil
        parts.fragment = nil
        let port = parts.port.map { ":\($0)" } ?? ""
        origin = "\(host)\(port)".lowercased()
        url = parts.string ?? text
        // Keys and tokens travel in the query, so only the names in it are shown.
        let names = (parts.queryItems ?? []).map { "\($0.name)=…" }.joined(separator: "&")
        parts.query = nil
        description = secrets.redacted((parts.string ?? "") + (names.isEmpty ? "" : "?\(names)"))
    }

    /// The address with a parameter set.
    func setting(_ name: String, _ value: String, _ secrets: Secrets) throws -> HTTPAddress {
        guard var parts = URLComponents(string: url) else { return self }
        parts.queryItems = (parts.queryItems ?? []).filter { $0.name != name } + [URLQueryItem(name: name, value: value)]
        return try HTTPAddress(parts.string ?? url, secrets)
    }

    /// An address as it stands in an answer from this one.
    ///
    /// - Throws: `FlowError` of kind `connector` when it leads to another server.
    func following(_ text: String, _ secrets: Secrets) throws -> HTTPAddress {
        guard let base = URL(string: url), let next = URL(string: text, relativeTo: base) else {
            throw FlowError(.connector, "\(description) leads to \"\(secrets.redacted(String(text.prefix(200))))\", which is no address")
        }
        let address = try HTTPAddress(next.absoluteString, secrets)
        guard address.origin == origin, !(url.hasPrefix("https:") && address.url.hasPrefix("http:")) else {
            throw FlowError(
                .connector,
                "\(description) leads to another server, \(address.description), which is not asked since headers may hold secrets; "
                    + "if it is right, put that address under addrs")
        }
        return address
    }

    /// A text as it may stand anywhere in an address.
    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? text
    }

    private static let unreserved = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}
