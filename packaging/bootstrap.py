"""The function itself, from the linked libraries to build/package-ARCH/handler/bootstrap."""

from __future__ import annotations

from pathlib import Path

from libraries import JOBS, SOURCE, Libraries, cmake_options
from toolchain import HERE, Toolchain, run

TOP = HERE.parent
LINK_OPTIONS = "-static-pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--gc-sections -s"


def build_bootstrap(toolchain: Toolchain, libraries: Libraries) -> Path:
    build = TOP / "build" / f"package-{toolchain.arch}"
    build.mkdir(parents=True, exist_ok=True)
    headers = ";".join(str(folder) for folder in toolchain.headers)
    options = [
        "-DBUILD_TESTING=OFF",
        "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY",  # a check need not link the C++ library
        f"-DCMAKE_EXE_LINKER_FLAGS={LINK_OPTIONS}",
        f"-DCMAKE_PROJECT_TOP_LEVEL_INCLUDES={HERE}/linked.cmake",
        f"-DDSQL_MIGRATE_HEADERS={headers}",
    ]
    options += [f"-DDSQL_MIGRATE_{name.upper()}={path}" for name, path in vars(libraries).items()]
    environment = toolchain.environment()
    hide = f"-ffile-prefix-map={TOP}={SOURCE}"
    configure = ["cmake", "-G", "Ninja", "-S", str(TOP), "-B", str(build)]
    run([*configure, *cmake_options(toolchain, hide), *options], TOP, environment)
    command = ["cmake", "--build", str(build), "--target", "bootstrap", "--parallel", JOBS]
    run(command, TOP, environment)
    return build / "handler" / "bootstrap"
