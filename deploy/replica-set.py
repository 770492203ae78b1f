"""The client side of deploy/mongod: free ports, and the forming of a replica set. Its first argument is the servers' address. Needs pymongo for `await-primary` and `state`."""

import random
import socket
import sys
import time



def is_free(port):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
        return True


def free_ports(count):
    """Below the range from which the system serves outgoing connections, so that a stopped server finds its port free again."""
    candidates = random.sample(range(20000, 32000), 2000)
    found = []
    for port in candidates:
        if len(found) == count:
            break
        if is_free(port):
            found.append(port)
    if len(found) < count:
        sys.exit("fewer than %d free ports among the 2000 tried" % count)
    for port in found:
        print(port)


def check_ports(ports):
    taken = [str(port) for port in ports if not is_free(port)]
    if taken:
        sys.exit("port %s is in use by another process" % ", ".join(taken))


def connect(port):
    from pymongo import MongoClient

    return MongoClient(HOST, port, directConnection=True, serverSelectionTimeoutMS=2000, connectTimeoutMS=2000, socketTimeoutMS=10000)


def initiate(admin, name, ports):
    members = [{"_id": i, "host": "%s:%d" % (HOST, port)} for i, port in enumerate(ports)]
    admin.command("replSetInitiate", {"_id": name, "members": members})


def await_primary(name, timeout, ports, pids):
    """Forms the replica set where that has not happened yet, and waits until a member is a primary that takes writes."""
    from pymongo.errors import PyMongoError

    deadline = time.monotonic() + timeout
    admins = [connect(port).admin for port in ports]
    last = None
    while time.monotonic() < deadline:
        try:
            for admin, port, pid in zip(admins, ports, pids):
                if admin.command("serverStatus")["pid"] != pid:
                    sys.exit("port %d is answered by another process than the mongod that was started" % port)
            hellos = [admin.command("hello") for admin in admins]
            if not any(hello.get("setName") for hello in hellos):
                initiate(admins[0], name, ports)
            elif any(hello.get("isWritablePrimary") for hello in hellos):
                if all(hello.get("isWritablePrimary") or hello.get("secondary") for hello in hellos):
                    return
            elif hellos[0].get("secondary"):
                # Otherwise a set of several members sits out its first election timeout, which is ten seconds.
                admins[0].command("replSetStepUp")
        except PyMongoError as error:
            last = error
        time.sleep(0.1)
    sys.exit("no primary on ports %s; the last error was: %s" % (", ".join(map(str, ports)), last))


def state(port):
    from pymongo.errors import PyMongoError

    try:
        hello = connect(port).admin.command("hello")
    except PyMongoError:
        return "silent"
    if hello.get("isWritablePrimary"):
        return "primary"
    return "secondary" if hello.get("secondary") else "starting"


def main(command, *arguments):
    if command == "free-ports":
        free_ports(int(arguments[0]))
    elif command == "check-ports":
        check_ports([int(port) for port in arguments])
    elif command == "state":
        print(state(int(arguments[0])))
    elif command == "await-primary":
        name, timeout, *pairs = arguments
        ports, pids = zip(*(map(int, pair.split(":")) for pair in pairs))
        await_primary(name, float(timeout), ports, pids)
    else:
        sys.exit("unknown command: %s" % command)


HOST = sys.argv[1]
main(*sys.argv[2:])
