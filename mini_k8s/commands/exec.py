"""``mini-k8s exec web -- ls``: run a command in a container."""

import argparse
import sys

from mini_k8s.commands.logs import first_container, write
from mini_k8s.errors import BadRequest
from mini_k8s.terminal.arguments import add_cluster, add_namespace, connect, in_kubectls_words
from mini_k8s.terminal.targets import pod_named

AFTER_DASHES = "command_line"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "mini-k8s exec POD [-c CONTAINER] [-n NAMESPACE] [--name NAME] -- COMMAND [ARGUMENT ...]"
    parser.description = ("Run a command in a container that runs, and show what it printed when it has ended. Its "
                          "exit status becomes this one's. What needs a keyboard comes in chapter 11.")
    parser.add_argument("pod", metavar="POD", help="a pod, as web or pod/web")
    parser.add_argument("-c", "--container", metavar="CONTAINER", help="one of its containers (default: the first)")
    parser.add_argument("-i", "--stdin", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("-t", "--tty", action="store_true", help=argparse.SUPPRESS)
    add_namespace(parser)
    add_cluster(parser)


@in_kubectls_words
def main(args: argparse.Namespace) -> int:
    if args.stdin or args.tty:
        raise BadRequest("a keyboard cannot be handed to a container before chapter 11 (-i, -t). Leave them out, or "
                         "write what you want to type: exec POD -- sh -c 'COMMANDS'")
    if not args.command_line:
        raise BadRequest("you must specify at least one command for the container: exec POD -- COMMAND")
    client, name, namespace = connect(args), pod_named(args.pod), args.namespace or "default"
    container = args.container or first_container(client.get("Pod", name, namespace))
    done = client.exec(name, args.command_line, namespace, container)
    write(done.output)
    if done.exit_code:
        print(f"command terminated with exit code {done.exit_code}", file=sys.stderr)
    return done.exit_code
