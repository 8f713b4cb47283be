"""The forms of the language, and the graphs they mean."""

from __future__ import annotations

import pytest

from tests.located import graph_of, outline

ONE = "inputs: {x: [4]}\n"
TWO = "inputs: {x: [4], y: [3]}\n"
IMAGE = "inputs: {x: [8, 8, 3]}\n"

CASES: list[tuple[str, str, str]] = [
    (
        "a chain of bare names, scalars, lists and mappings",
        IMAGE
        + "layers: [relu, max_pool2d: 2, permute: [3, 1, 2], {dense: {units: 5}}]\n",
        """
        relu[8, 8, 3]/last = relu(x)
        max_pool2d[4, 4, 3]/last = max_pool2d(relu)
        permute[3, 4, 4] = permute(max_pool2d)
        dense[3, 4, 5] = dense(permute)
        dense -> dense
        """,
    ),
    (
        "counted names, the first without a number, written ones skipped",
        ONE
        + "layers: [{dense: 4}, {dense: 4, name: dense_2}, {dense: 4}, relu, {dense: 4}]\n",
        """
        dense[4] = dense(x)
        dense_2[4] = dense(dense)
        dense_3[4] = dense(dense_2)
        relu[4] = relu(dense_3)
        dense_4[4] = dense(relu)
        dense_4 -> dense_4
        """,
    ),
    (
        "a written name further down keeps its number free",
        ONE + "layers: [{dense: 4}, {dense: 4}, {relu: , name: dense}]\n",
        """
        dense_2[4] = dense(x)
        dense_3[4] = dense(dense_2)
        dense[4] = relu(dense_3)
        dense -> dense
        """,
    ),
    (
        "an input keeps its name",
        "inputs: {dense: [4]}\nlayers: [{dense: 4}]\n",
        """
        dense_2[4] = dense(dense)
        dense_2 -> dense_2
        """,
    ),
    (
        "`from` an input, a counted layer, a list, and names of inputs",
        "inputs: {x: [t, 4], m: {shape: [t], dtype: bool}}\nlayers:\n"
        "  - {dense: 4, from: x}\n  - {tanh: , from: x}\n  - add:\n    from: [dense, x, tanh]\n"
        "  - {lstm: 4, from: {mask: m}}\n"
        "  - {lstm: {units: 4, return_state: true}, from: {input: add, initial_state: [lstm, lstm]}}\n"
        "  - {concat: , from: [lstm_2.state_c, lstm_2]}\n",
        """
        dense[t, 4] = dense(x)
        tanh[t, 4] = tanh(x)
        add[t, 4] = add(dense, x, tanh)
        lstm[4] = lstm(input=add, mask=m)
        lstm_2.output[4] lstm_2.state_h[4] lstm_2.state_c[4] = lstm(input=add, initial_state=lstm, initial_state=lstm)
        concat[8] = concat(lstm_2.state_c, lstm_2.output)
        concat -> concat
        """,
    ),
    (
        "branches in written order, an empty one, and a merge with attributes",
        IMAGE + "layers:\n  - branches:\n      b: [relu]\n      a: []\n"
        "    merge: {concat: {axis: -1}}\n    name: both\n  - tanh\n",
        """
        relu[8, 8, 3]/last = relu(x)
        both[8, 8, 6]/last = concat(relu, x)
        tanh[8, 8, 6]/last = tanh(both)
        tanh -> tanh
        """,
    ),
    (
        "branches from another layer, and layers in them from further out",
        ONE + "layers:\n  - {dense: 4, name: a}\n  - {dense: 4, name: b}\n"
        "  - branches:\n      l: [{dense: 4, name: c}, {add: , from: [c, b]}]\n      r: []\n"
        "    from: a\n    merge: subtract\n",
        """
        a[4] = dense(x)
        b[4] = dense(a)
        c[4] = dense(a)
        add[4] = add(c, b)
        subtract[4] = subtract(add, a)
        subtract -> subtract
        """,
    ),
    (
        "branches as outputs, by name and by default",
        ONE
        + "layers:\n  - {branches: {p: [{dense: 3}], v: [{dense: 1}]}, name: heads}\n"
        "  - {tanh: , from: heads.v}\n  - {relu: , from: heads}\n"
        "outputs: {policy: heads.p, tanh: tanh, value: heads.v, relu: relu}\n",
        """
        dense[3] = dense(x)
        dense_2[1] = dense(x)
        tanh[1] = tanh(dense_2)
        relu[3] = relu(dense)
        policy -> dense
        tanh -> tanh
        value -> dense_2
        relu -> relu
        """,
    ),
    (
        "last branches are the outputs",
        ONE + "layers:\n  - {dense: 4}\n"
        "  - branches: {p: [{dense: 3}], raw: [], v: [{dense: 1}]}\n",
        """
        dense[4] = dense(x)
        dense_2[3] = dense(dense)
        dense_3[1] = dense(dense)
        p -> dense_2
        raw -> dense
        v -> dense_3
        """,
    ),
    (
        "last branches in a group are the outputs too",
        ONE
        + "layers:\n  - layers:\n      - branches: {p: [{dense: 3}], v: [{dense: 1}]}\n",
        """
        group.dense[3] = dense(x)
        group.dense_2[1] = dense(x)
        p -> group.dense
        v -> group.dense_2
        """,
    ),
    (
        "branches of equal names within others",
        ONE
        + "layers:\n  - branches:\n      a: [{branches: {a: [relu], b: []}, merge: add}]\n"
        "      b: []\n    merge: add\n",
        """
        relu[4] = relu(x)
        add[4] = add(relu, x)
        add_2[4] = add(add, x)
        add_2 -> add_2
        """,
    ),
    (
        "groups are scopes that see outward",
        ONE
        + "layers:\n  - {dense: 4, name: a}\n  - layers:\n      - {dense: 4, name: a}\n"
        "      - {add: , from: [a, x]}\n      - layers: [{add: , from: [a, add]}]\n"
        "  - {name: stem, layers: [dense: 4], from: a}\n  - layers: [{add: , from: [group, stem]}]\n",
        """
        a[4] = dense(x)
        group.a[4] = dense(a)
        group.add[4] = add(group.a, x)
        group.group.add[4] = add(group.a, group.add)
        stem.dense[4] = dense(a)
        group_2.add[4] = add(group.group.add, stem.dense)
        add -> group_2.add
        """,
    ),
    (
        "towers of two inputs that say where they start",
        TWO + "layers:\n  - branches:\n      l: [{dense: 5, from: x}]\n"
        "      r: [{layers: [{dense: 5, from: y}]}]\n    merge: average\n",
        """
        dense[5] = dense(x)
        group.dense[5] = dense(y)
        average[5] = average(dense, group.dense)
        average -> average
        """,
    ),
    (
        "a first layer that takes nothing",
        TWO + "layers:\n  - {parameter: [4], name: p}\n  - {add: , from: [p, x]}\n"
        "  - {concat: , from: [add, y]}\n",
        """
        p[4] = parameter()
        add[4] = add(p, x)
        concat[7] = concat(add, y)
        concat -> concat
        """,
    ),
    (
        "outputs that bear the name of what they are",
        TWO
        + "layers:\n  - {dense: 3, from: x}\noutputs: {dense: dense, y: y, again: dense}\n",
        """
        dense[3] = dense(x)
        dense -> dense
        y -> y
        again -> dense
        """,
    ),
    (
        "an output of a layer's second value, under the layer's name",
        "inputs: {x: [t, 4]}\nlayers: [{lstm: {units: 3, return_state: true}}]\n"
        "outputs: {lstm: lstm.state_h}\n",
        """
        lstm.output[3] lstm.state_h[3] lstm.state_c[3] = lstm(x)
        lstm -> lstm.state_h
        """,
    ),
    (
        "frozen layers, groups and branches",
        ONE + "layers:\n  - {dense: 4, trainable: false}\n"
        "  - {trainable: false, layers: [{dense: 4}, {dense: 4, trainable: true}]}\n"
        "  - {branches: {a: [{dense: 4}], b: [relu]}, merge: add, trainable: false}\n"
        "  - {dense: 4, trainable: true}\n",
        """
        dense[4] = dense(x) frozen
        group.dense[4] = dense(dense) frozen
        group.dense_2[4] = dense(group.dense) frozen
        dense_2[4] = dense(group.dense_2) frozen
        relu[4] = relu(group.dense_2) frozen
        add[4] = add(dense_2, relu) frozen
        dense_3[4] = dense(add)
        dense_3 -> dense_3
        """,
    ),
    (
        "expressions wherever values stand",
        'params: {n: 4, k: [3, 5], w: "${n * 2}", on: false, act: relu, d: int32, t: time}\n'
        'dims: {time: {min: "${n}", max: "${w * 10}", multiple_of: "${n // 2}"}}\n'
        'inputs:\n  x: ["${t}", "${w}"]\n  i: {shape: "${[n]}", dtype: "${d}", range: [0, "${w}"]}\n'
        'layers:\n  - {dense: "${k[0]}", from: x}\n  - dense: {units: "${sum(k)}", activation: "${act}"}\n'
        '    trainable: ${on}\n  - reshape: ["${0 - 1}", "${len(k)}"]\n'
        '  - {embedding: {input_dim: "${w}", output_dim: 2}, from: i}\n'
        "outputs: {a: reshape, b: embedding}\n",
        """
        dense[time, 3] = dense(x)
        dense_2[time, 8] = dense(dense) frozen
        reshape[4 * time, 2] = reshape(dense_2)
        embedding[4, 2] = embedding(i)
        a -> reshape
        b -> embedding
        """,
    ),
    (
        "layouts: the default for three and four dimensions, none below, as written",
        "inputs: {a: [4, 5, 3], b: [4, 3], c: {shape: [3, 4], layout: channels_first},\n"
        "  d: {shape: [5, 4, 3], layout: none}, e: {shape: [2, 4, 5], layout: channels_first}}\n"
        "layers:\n"
        + "".join(f"  - {{relu: , from: {name}}}\n" for name in "abcde")
        + "outputs: {o1: relu, o2: relu_2, o3: relu_3, o4: relu_4, o5: relu_5}\n",
        """
        relu[4, 5, 3]/last = relu(a)
        relu_2[4, 3] = relu(b)
        relu_3[3, 4]/first = relu(c)
        relu_4[5, 4, 3] = relu(d)
        relu_5[2, 4, 5]/first = relu(e)
        o1 -> relu
        o2 -> relu_2
        o3 -> relu_3
        o4 -> relu_4
        o5 -> relu_5
        """,
    ),
    (
        "layouts of torch, and what loses them",
        "semantics: torch\ninputs: {x: [3, 8, 6]}\nlayers:\n"
        "  - conv2d: {filters: 5, kernel_size: 3}\n  - {max_pool2d: 2, name: pool}\n"
        "  - {permute: [2, 3, 1], from: pool}\n  - {reshape: [30], from: pool}\n"
        "  - {expand_dims: 1, from: pool}\n  - {squeeze: , from: expand_dims}\n"
        "  - {flatten: , from: pool}\n  - {global_average_pool2d: , from: pool}\n"
        "  - {softmax: , from: pool}\n"
        "  - {conv2d: {filters: 2, kernel_size: 1}, from: permute}\n"
        "outputs: {a: reshape, b: squeeze, c: flatten, d: global_average_pool2d,\n"
        "  e: softmax, f: conv2d_2}\n",
        """
        conv2d[5, 6, 4]/first = conv2d(x)
        pool[5, 3, 2]/first = max_pool2d(conv2d)
        permute[3, 2, 5] = permute(pool)
        reshape[30] = reshape(pool)
        expand_dims[1, 5, 3, 2] = expand_dims(pool)
        squeeze[5, 3, 2] = squeeze(expand_dims)
        flatten[30] = flatten(pool)
        global_average_pool2d[5] = global_average_pool2d(pool)
        softmax[5, 3, 2]/first = softmax(pool)
        conv2d_2[3, 2, 2] = conv2d(permute)
        a -> reshape
        b -> squeeze
        c -> flatten
        d -> global_average_pool2d
        e -> softmax
        f -> conv2d_2
        """,
    ),
    (
        "a norm takes the last axis of two dimensions under torch as well",
        "semantics: torch\ninputs: {x: [time, 6]}\nlayers: [batch_norm, layer_norm]\n",
        """
        batch_norm[time, 6] = batch_norm(x)
        layer_norm[time, 6] = layer_norm(batch_norm)
        layer_norm -> layer_norm
        """,
    ),
    (
        "symbolic sizes through shapes, equal where that can be proven",
        "dims: {t: {multiple_of: 4}}\ninputs: {x: [t, 3]}\nlayers:\n"
        "  - {max_pool1d: 2, name: l}\n"
        "  - {max_pool1d: {pool_size: 2, padding: same}, from: x, name: r}\n"
        "  - {add: , from: [l, r]}\n  - {concat: 1, from: [add, x]}\n  - flatten\n",
        """
        l[t // 2, 3] = max_pool1d(x)
        r[(t + 1) // 2, 3] = max_pool1d(x)
        add[t // 2, 3] = add(l, r)
        concat[t + t // 2, 3] = concat(add, x)
        flatten[3 * t + 3 * (t // 2)] = flatten(concat)
        flatten -> flatten
        """,
    ),
    (
        "one number an example",
        "inputs: {x: []}\nlayers: [{expand_dims: 1}, {dense: 3}]\n",
        """
        expand_dims[1] = expand_dims(x)
        dense[3] = dense(expand_dims)
        dense -> dense
        """,
    ),
]


@pytest.mark.parametrize(("name", "body", "expected"), CASES, ids=lambda c: str(c)[:40])
def test_a_form_means_its_graph(name: str, body: str, expected: str) -> None:
    lines = [line.strip() for line in expected.strip().split("\n")]
    assert outline(graph_of(body)).split("\n") == lines
