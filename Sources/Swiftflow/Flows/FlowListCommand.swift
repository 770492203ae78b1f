import ArgumentParser
import KisFlow

/// `flow list`.
struct FlowListCommand<Program: WorkerProgram>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "list", abstract: "List the flows, and whether they can run in this program.")
    }

    struct Entry: Encodable {
        let flow: String
        let isEnabled: Bool
        let functions: [String]
        let source: String?
        /// Why it cannot run here.
        let unavailable: String?
    }

    @OptionGroup var folder: FlowFolder

    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let console = FlowConsole(Program.name, json: json)
        do {
            let entries = try await entries()
            console.print(json ? try FlowJSON.text(entries) : text(entries))
        } catch {
            console.fail(error, .usage)
            throw ExitCode(FlowExit.usage.rawValue)
        }
    }

    private func entries() async throws -> [Entry] {
        let folder = try folder.path()
        let configuration = try FlowConfiguration.load(directory: folder)
        let catalog = FlowCatalog(configuration, registry: try WorkerSetup.functions(Program.self, flowDirectory: folder))
        await catalog.close()
        return configuration.flows.map { flow in
            Entry(
                flow: flow.name, isEnabled: flow.isEnabled, functions: flow.steps.map(\.function), source: flow.source,
                unavailable: catalog.unavailable[flow.name]?.message)
        }
    }

    private func text(_ entries: [Entry]) -> String {
        guard !entries.isEmpty else { return "there are no flows" }
        let rows = entries.map { entry in
            let status = !entry.isEnabled ? "disabled" : entry.unavailable.map { "cannot run here: \($0)" } ?? "ready"
            return [entry.flow, "\(entry.functions.count)", entry.source ?? "-", status]
        }
        return FlowText.table([["FLOW", "FUNCTIONS", "SOURCE", "STATUS"]] + rows, right: [1])
            .map { FlowText.cut($0, to: FlowConsole.width) }.joined(separator: "\n")
    }
}
