import Actions

/// Names of the actions that every node has.
public enum BuiltInActionNames {
    public static let all = BuiltInActions.names
}
