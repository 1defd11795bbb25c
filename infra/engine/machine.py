"""A machine inside this one that runs a Docker engine: Debian in namespaces of its own, without an image registry.

It needs root, debootstrap, slirp4netns, overlayfs, cgroups, Debian's mirror, and a package index for pip. It doesn't
touch this machine's own Docker, ports or network. What takes long to make is kept in its directory.
"""

import hashlib
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import IO, Final

MIRROR: Final = os.environ.get("MIRROR", "http://deb.debian.org/debian")
# The first Debian with Docker 27 or newer, which docker-compose.yml needs.
ENGINE_SUITE: Final = "forky"
PYTHON_SUITE: Final = "bookworm"
ENGINE_PACKAGES: Final = (
    "ca-certificates curl docker-buildx docker-cli docker-compose docker.io"
    " iproute2 iptables openssl python3 tini"
)
PYTHON_PACKAGES: Final = "ca-certificates,netbase,tzdata,python3.11,python3.11-venv,python3-pip"
PYTHON_IMAGE: Final = "python:3.11-slim-bookworm"
STAND_INS: Final = {
    "postgres": "postgres:18-bookworm",
    "valkey": "valkey/valkey:9.1-alpine",
    "caddy": "caddy:2.10-alpine",
}
AUTHORITIES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
IMAGES: Final = Path(__file__).parent / "images"
CGROUP: Final = "genkan-containers"
# slirp4netns answers there.
NAME_SERVER: Final = "10.0.2.3"

# The first process: prepares the mounts, and leaves this machine's root behind. pivot_root and not chroot, because
# `docker exec` enters the root of the mount namespace.
START: Final = f"""
set -e
mount --make-rprivate /
mount --bind . .
cd "$PWD"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /sys/fs/cgroup sys/fs/cgroup
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mkdir -p outside
pivot_root . outside
umount --lazy /outside
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
ip link set lo up
exec tini -- dockerd --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent /{CGROUP}
"""


class Machine:
    """``directory`` keeps its file system; ``root`` is that file system as seen from this machine."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.root = directory / "root"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._first_process = 0

    def prepare(self) -> None:
        """Makes what isn't there yet: the file system, and the images that come from elsewhere."""
        self.directory.mkdir(parents=True, exist_ok=True)
        if not (self.directory / "complete").exists():
            shutil.rmtree(self.root, ignore_errors=True)
            self._make_root()
            (self.directory / "complete").touch()
        self._remove_containers()
        self.start()
        # Made anew when the files that they are made of change.
        contents = b"".join(path.read_bytes() for path in sorted(IMAGES.iterdir()))
        archive = f"images-{hashlib.sha256(contents).hexdigest()[:12]}.tar"
        if (self.root / archive).exists():
            self.run(f"docker load --quiet --input /{archive}")
        else:
            self._make_images(archive)

    def start(self) -> None:
        log = (self.directory / "engine.log").open("ab")
        with log:
            holder = self._spawn(
                ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "sh", "-c", START], log
            )
            self._first_process = _child_of(holder.pid)
            network = ["slirp4netns", "--configure", "--mtu=1500", "--disable-host-loopback"]
            self._spawn([*network, str(self._first_process), "tap0"], log)
        for _second in range(120):
            if self.run("docker info", check=False).returncode == 0:
                return
            time.sleep(1)
        raise RuntimeError(f"The engine doesn't start: {self.directory}/engine.log")

    def stop(self) -> None:
        """As a shutdown does it: the engine ends its containers, and everything else ends with it."""
        if not self._processes:
            return
        holder, network = self._processes
        try:
            os.kill(self._first_process, 15)
            holder.wait(timeout=120)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            holder.kill()
            holder.wait()
        network.terminate()
        network.wait()
        self._processes = []

    def close(self) -> None:
        self.stop()
        self._remove_containers()
        for group in Path("/sys/fs/cgroup").glob(f"**/{CGROUP}"):
            subprocess.run(
                ["find", group, "-depth", "-type", "d", "-delete"], check=False, capture_output=True
            )

    def run(
        self, command: str, *, directory: str = "/", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Runs a shell command as the machine's root; its errors are among its output."""
        enter = ["nsenter", f"--target={self._first_process}", "--mount", "--net", "--pid"]
        clean = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"]
        return subprocess.run(
            [*enter, *clean, "sh", "-c", f"set -e\ncd {directory}\n{command}"],
            check=check,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _spawn(self, command: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, cwd=self.root, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._processes.append(process)
        return process

    def _remove_containers(self) -> None:
        for directory in ("docker", "containerd"):
            subprocess.run(
                ["rm", "-rf", "--one-file-system", self.root / "var" / "lib" / directory], check=True
            )

    def _make_root(self) -> None:
        self._debootstrap(ENGINE_SUITE, self.root)
        base = self.directory / "base.tar"
        subprocess.run(["tar", "-C", self.root, "--numeric-owner", "-cf", base, "."], check=True)
        (self.root / "etc/apt/apt.conf.d/old-mirror").write_text('Acquire::Check-Valid-Until "false";\n')
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        install = f"apt-get update && apt-get install --yes --no-install-recommends {ENGINE_PACKAGES}"
        self._logged(["chroot", self.root, "env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", install])
        resolver = self.root / "etc/resolv.conf"
        resolver.unlink()
        resolver.write_text(f"nameserver {NAME_SERVER}\n")
        shutil.copy(AUTHORITIES, self.root / AUTHORITIES.relative_to("/"))
        base.rename(self.root / "base.tar")

        python = self.directory / "python"
        shutil.rmtree(python, ignore_errors=True)
        self._debootstrap(PYTHON_SUITE, python, f"--include={PYTHON_PACKAGES}")
        # As in the official image: Python and pip are where nothing of Debian's is in the way.
        for name in ("python", "python3", "python3.11"):
            (python / "usr/local/bin" / name).symlink_to("/usr/bin/python3.11")
        (python / "usr/local/bin/pip").symlink_to("/usr/bin/pip3")
        (python / "usr/lib/python3.11/EXTERNALLY-MANAGED").unlink(missing_ok=True)
        shutil.copy(AUTHORITIES, python / AUTHORITIES.relative_to("/"))
        subprocess.run(
            ["tar", "-C", python, "--numeric-owner", "-cf", self.root / "python.tar", "."], check=True
        )
        shutil.rmtree(python)

    def _make_images(self, archive: str) -> None:
        for older in self.root.glob("images-*.tar"):
            older.unlink()
        shutil.copytree(IMAGES, self.root / "images", dirs_exist_ok=True)
        self.run("docker import /base.tar debian:base")
        environment = (
            "--change 'ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' --change 'ENV LANG=C.UTF-8'"
        )
        self.run(f"docker import {environment} /python.tar {PYTHON_IMAGE}")
        for target, image in STAND_INS.items():
            self.run(f"docker build --target {target} --tag {image} /images")
        self.run(f"docker save --output /{archive} {PYTHON_IMAGE} {' '.join(STAND_INS.values())}")

    def _debootstrap(self, suite: str, directory: Path, *options: str) -> None:
        # The script is the same for every suite, and an older debootstrap doesn't know the newest names.
        script = "/usr/share/debootstrap/scripts/sid"
        self._logged(["debootstrap", "--variant=minbase", *options, suite, directory, MIRROR, script])

    def _logged(self, command: list[str | Path]) -> None:
        with (self.directory / "make.log").open("ab") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log)


def _child_of(process: int) -> int:
    children = Path(f"/proc/{process}/task/{process}/children")
    for _try in range(100):
        if found := children.read_text().split():
            return int(found[0])
        time.sleep(0.1)
    raise RuntimeError("unshare has started nothing.")
