# speech_cnn.yaml · sha256 cbe281abc93f · specgraph 0.1.0 · body 7b6c5c5237cf
"""Small classifier of speech commands from spectrograms.

Input   spectrogram: float32 [B, 1, 16, 16] (channels first)
Output  dense_2: float32 [B, 10]
Parameters: 83,168
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class SpeechCnn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(1, 10, 5)
        self.conv2d_2 = nn.Conv2d(10, 20, 5)
        self.conv2d_3 = nn.Conv2d(20, 30, 5)
        self.dense = nn.Linear(480, 128)
        self.dense_2 = nn.Linear(128, 10)

    def forward(self, spectrogram: Tensor) -> Tensor:
        x = F.relu(self.conv2d(spectrogram))  # [B, 10, 12, 12]
        x = F.relu(self.conv2d_2(x))  # [B, 20, 8, 8]
        x = F.relu(self.conv2d_3(x))  # [B, 30, 4, 4]
        x = torch.flatten(x, 1)  # [B, 480]
        x = F.relu(self.dense(x))  # [B, 128]
        output: Tensor = self.dense_2(x)  # [B, 10]
        return output
