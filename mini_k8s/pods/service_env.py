"""Which services were there when a container began? Variables tell it, for programs that know no DNS.

A service that comes later is not among them. Upstream: ``pkg/kubelet/envvars/envvars.go``.
"""

from collections.abc import Iterable

from mini_k8s.objects import Object


def service_env(services: Iterable[Object]) -> dict[str, str]:
    """name -> value, such as WEB_SERVICE_HOST and WEB_SERVICE_PORT for a service 'web'."""
    env: dict[str, str] = {}
    for service in services:
        spec, ip = service["spec"], service["spec"].get("clusterIP")
        ports = spec.get("ports") or ()
        if not ip or ip == "None" or not ports or service["metadata"].get("deletionTimestamp"):
            continue
        prefix = service["metadata"]["name"].upper().replace("-", "_")
        env[f"{prefix}_SERVICE_HOST"], env[f"{prefix}_SERVICE_PORT"] = ip, str(ports[0]["port"])
        for port in ports:
            if port.get("name"):
                env[f"{prefix}_SERVICE_PORT_{port['name'].upper().replace('-', '_')}"] = str(port["port"])
        first = ports[0]
        env[f"{prefix}_PORT"] = f"{first['protocol'].lower()}://{ip}:{first['port']}"
        for port in ports:
            protocol, number = port["protocol"], port["port"]
            name = f"{prefix}_PORT_{number}_{protocol}"
            env |= {name: f"{protocol.lower()}://{ip}:{number}", f"{name}_PROTO": protocol.lower(),
                    f"{name}_PORT": str(number), f"{name}_ADDR": ip}
    return env
