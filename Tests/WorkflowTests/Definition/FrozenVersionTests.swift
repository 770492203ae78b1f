import Testing
import Workflow

@Suite("Versions of definitions that were written before")
struct FrozenVersionTests {
    /// All keys that a definition had before the rules of issue 5 came.
    private static let text = """
        id: "test-dag"
        name: "test"
        desc: shows all keys
        vars:
          fileName:
            desc: "the file name"
            defaultValue: "file.txt"
          count:
            defaultValue: 3
          strict: {defaultValue: true}
          zip: {defaultValue: 007}
        status: normal
        tasks:
        - id: "task1"
          name: First
          actionName: "print"
          timeoutSecs: 30
          params:
            writeName: "{{fileName}}"
            old: '{{.vars.fileName.Value}} {{.shareData.key}}'
            list: [1, 2.5, true, null, "5", {deep: [x]}]
        - id: task2
          action: shell
          dependOn: task1
          preCheck:
            zebra:
              act: skip
              conditions:
              - source: vars
                key: fileName
                op: in
                values: ["warn.txt", 5]
            alpha:
              act: block
              conditions:
              - {source: share-data, key: k, op: not-in, values: [a]}
        - id: task3
          actionName: print
          dependOn: ["task1", "task2"]
          params: {message: "{{tasks.task1.output.rows[0]}} of {{run.id}}"}
        """

    @Test("the version of a definition without new keys is what it always was")
    func frozen() throws {
        let dag = try #require(DagParser.parse(Self.text, file: "dags/a.yaml").dag)
        #expect(try dag.contentVersion() == "40ac9fbc6ca8de3acc32ed935424f4d5")
    }
}
