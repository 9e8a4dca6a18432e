"""Reads paths of models from its input, one a line; says for each what onnx.checker thinks of it, as a line of JSON."""
import json
import os
import sys

import onnx


def loose_ends(graph):
    """Values that are read before they are made, and names that are made twice."""
    known = {""} | {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
    wrong = []
    for node in graph.node:
        wrong += [f"{node.name} reads {name} too early" for name in node.input if name not in known]
        wrong += [f"{node.name} makes {name} again" for name in node.output if name and name in known]
        known.update(node.output)
    return wrong + [f"no node makes {value.name}" for value in graph.output if value.name not in known]


def bad_data(directory, graph):
    """Tensors whose data is not a page-aligned part of their file, of the size that their shape asks for."""
    wrong = []
    ends = {}
    for tensor in graph.initializer:
        if tensor.data_location != onnx.TensorProto.EXTERNAL:
            continue
        entry = {one.key: one.value for one in tensor.external_data}
        offset, length = int(entry["offset"]), int(entry["length"])
        count = 1
        for size in tensor.dims:
            count *= size
        item = onnx.mapping.TENSOR_TYPE_TO_NP_TYPE[tensor.data_type].itemsize
        if length != count * item:
            wrong.append(f"{tensor.name} has {length} bytes, not {count * item}")
        if offset % 4096 or offset < ends.get(entry["location"], 0):
            wrong.append(f"{tensor.name} begins at {offset}")
        ends[entry["location"]] = offset + length
    for location, end in ends.items():
        size = os.path.getsize(os.path.join(directory, location))
        if size != end:
            wrong.append(f"{location} has {size} bytes, not {end}")
    return wrong


for line in sys.stdin:
    path = line.rstrip("\n")
    try:
        onnx.checker.check_model(path)
        graph = onnx.load(path, load_external_data=False).graph
        problems = loose_ends(graph) + bad_data(os.path.dirname(path), graph)
        print(json.dumps({"nodes": len(graph.node), "problems": problems}))
    except Exception as error:
        print(json.dumps({"nodes": 0, "problems": [str(error)]}))
