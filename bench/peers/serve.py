"""A peer's side of the benchmark: loads once, then runs when it is asked. See bench/harness/child.ts.

A peer is a script with a function a row, which loads from the row's settings and returns the function that is timed:

    def my_row(settings, device, dtype):
        model = load(settings["folder"]).to(device, dtype)
        x = read(settings["input"])
        return lambda: model(x.to(device, dtype)).float().cpu()     # the output on the host, as ours

    serve({"my-row": my_row}, libraries=("torch", "diffusers"))

A row that returns two functions is timed by the first, and its output is compared by the second.
"""

import json
import sys
import time
import traceback


def read(stored):
    """A torch tensor from {"path", "shape"}: float32 numbers, nothing else."""
    import numpy
    import torch

    return torch.from_numpy(numpy.fromfile(stored["path"], dtype=numpy.float32).reshape(stored["shape"]))


def _bytes(output):
    if hasattr(output, "detach"):
        output = output.detach().float().cpu().contiguous().numpy()
    return output.tobytes()


def _compute_in_float32(torch, dtype):
    """As ours does where float32 is asked for: PyTorch's default rounds a convolution's factors to ten bits."""
    if dtype == "float32":
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False


def _versions(libraries):
    return {name: sys.modules[name].__version__ for name in libraries if name in sys.modules}


def serve(rows, libraries=("torch",)):
    """Answers until stdin ends. The versions of `libraries` are reported."""
    # Libraries print what they like; replies have the real stdout for themselves.
    replies, sys.stdout = sys.stdout, sys.stderr
    run = check = None
    for line in sys.stdin:
        request = json.loads(line)
        begin = time.perf_counter()
        try:
            if request["op"] == "load":
                if request["row"] not in rows:
                    raise KeyError(f"this peer has no row {request['row']}")
                if "torch" in sys.modules:
                    sys.modules["torch"].set_num_threads(request["threads"])
                    _compute_in_float32(sys.modules["torch"], request["dtype"])
                run = rows[request["row"]](request["settings"], request["device"], request["dtype"])
                run, check = run if isinstance(run, tuple) else (run, run)
                reply = {"seconds": time.perf_counter() - begin, "versions": _versions(libraries)}
            else:
                output = check() if "output" in request else run()
                reply = {"seconds": time.perf_counter() - begin}
                if "output" in request:
                    with open(request["output"], "wb") as file:
                        file.write(_bytes(output))
        except Exception as error:
            traceback.print_exc()
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=replies, flush=True)
