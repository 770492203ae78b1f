import KisFlow
import Testing

@Suite("JSON syntax")
struct JSONSyntaxTests {
    @Test(
        "values are known",
        arguments: [
            "{}", "[]", "null", " true ", "-0.5e+3", "0", #""a\n\u00e9\"""#, #"{"a": [1, {"b": null}], "c": "d"}"#, "\"é\"",
        ])
    func valid(text: String) { #expect(JSONSyntax.isValue(text.utf8)) }

    @Test(
        "anything else is refused",
        arguments: [
            "", " ", "{", "[1,]", "{\"a\"}", "{a: 1}", "01", "1.", "-", "1 2", "tru", "\"a", #""\x""#, #""\u12g4""#, "\"\n\"", "{\"a\":1,}",
            "NaN",
        ])
    func invalid(text: String) { #expect(!JSONSyntax.isValue(text.utf8)) }

    @Test("nesting has a bound")
    func depth() {
        #expect(JSONSyntax.isValue((String(repeating: "[", count: 256) + String(repeating: "]", count: 256)).utf8))
        #expect(!JSONSyntax.isValue(String(repeating: "[", count: 100_000).utf8))
    }
}
