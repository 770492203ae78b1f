public import BSON
import Engine
public import Workflow

/// The documents of the store, without a store: for those who measure what they cost.
public enum StoredForm {
    public static func document(of task: TaskInstance) -> Document { task.document }
    public static func document(of instance: DagInstance) -> Document { instance.document }

    /// - Throws: `StoreError` naming the field that is wrong.
    public static func task(from document: Document) throws -> TaskInstance {
        try TaskInstance(FieldReader(document: document, collection: "task_instance"))
    }

    /// - Throws: `StoreError` naming the field that is wrong.
    public static func instance(from document: Document) throws -> DagInstance {
        try DagInstance(FieldReader(document: document, collection: "dag_instance"))
    }
}
