# decoder.yaml · sha256 a4f38f89e947 · specgraph 0.1.0 · body 8832b1e4dd60
"""Separable convolutions down to a fixed size, and three ways up again.

Input   image: float32 [B, 3, 12, 16] (channels first)
Output  resize: float32 [B, 3, 12, 16] (channels first)
Parameters: 2,239
"""

from torch import Tensor, nn
from torch.nn import functional as F


class Decoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.separable_conv2d = nn.Sequential(
            nn.Conv2d(3, 3, 3, stride=2, groups=3, bias=False), nn.Conv2d(3, 8, 1)
        )
        self.depthwise_conv2d = nn.Conv2d(
            8, 16, 3, padding="same", groups=8, bias=False
        )
        self.conv2d_transpose = nn.ConvTranspose2d(16, 8, 3, stride=2)
        self.conv2d = nn.Conv2d(8, 12, 3)
        self.apply(self._initialize)
        nn.init.uniform_(
            self.get_parameter("separable_conv2d.0.weight"),
            -0.408248290463863,
            0.408248290463863,
        )
        nn.init.xavier_uniform_(self.get_parameter("separable_conv2d.1.weight"))
        nn.init.zeros_(self.get_parameter("separable_conv2d.1.bias"))
        nn.init.uniform_(
            self.depthwise_conv2d.weight, -0.2581988897471611, 0.2581988897471611
        )
        nn.init.xavier_uniform_(self.conv2d.weight)
        nn.init.zeros_(self.get_parameter("conv2d.bias"))

    @staticmethod
    def _initialize(module: nn.Module) -> None:
        if isinstance(module, nn.ConvTranspose2d):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, image: Tensor) -> Tensor:
        x = F.pad(image, (0, 1, 0, 1))  # [B, 3, 13, 17]
        x = F.relu(self.separable_conv2d(x))  # [B, 8, 6, 8]
        x = self.depthwise_conv2d(x)  # [B, 16, 6, 8]
        x = F.adaptive_avg_pool2d(x, (3, 4))  # [B, 16, 3, 4]
        x = F.relu(self.conv2d_transpose(x)[..., :-1, :-1])  # [B, 8, 6, 8]
        x = F.pad(x, (1, 1, 1, 1), mode="reflect")  # [B, 8, 8, 10]
        x = self.conv2d(x)  # [B, 12, 6, 8]
        x = F.pixel_shuffle(x, 2)  # [B, 3, 12, 16]
        x = F.interpolate(x, scale_factor=2, mode="bilinear")  # [B, 3, 24, 32]
        x = x[..., 1:-1, :-2]  # [B, 3, 22, 30]
        return F.interpolate(x, (12, 16), mode="bilinear")  # [B, 3, 12, 16]
