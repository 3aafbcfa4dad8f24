"""Epochs as in the tutorials: four fifths of a folder of classes for training, one fifth for validation."""

import torch

from shared import DEVIATION, MEAN, Stopwatch, torchvision, transforms


class SmallCNN(torch.nn.Module):
    """Recipe 2's network for images of 256 x 256: five stages of two convolutions, and two linear layers."""

    def __init__(self, classes):
        super().__init__()
        layers, channels = [], [3, 16, 32, 64, 128, 256]
        for inputs, outputs in zip(channels, channels[1:]):
            layers += [
                torch.nn.Conv2d(inputs, outputs, 3), torch.nn.ReLU(),
                torch.nn.Conv2d(outputs, outputs, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
            ]
        self.features = torch.nn.Sequential(*layers)
        self.classifier = torch.nn.Sequential(
            torch.nn.Dropout(0.25), torch.nn.Linear(4096, 256), torch.nn.ReLU(), torch.nn.Dropout(0.5),
            torch.nn.Linear(256, classes))

    def forward(self, images):
        return self.classifier(self.features(images).flatten(1))


def replace_head(model, classes):
    """A new last layer: `fc` of a ResNet, the last of `classifier` elsewhere."""
    if hasattr(model, "fc"):
        model.fc = torch.nn.Linear(model.fc.in_features, classes)
    else:
        model.classifier[-1] = torch.nn.Linear(model.classifier[-1].in_features, classes)


def training_data(options):
    """Two loaders. Images are resized, cropped at random and flipped for training, center-cropped for validation:
    the same work as in `apus train`, without the rotations of some recipes."""
    resize, crop = (300, 256) if options.model == "small_cnn" else (256, 224)
    last = [transforms.ToTensor(), transforms.Normalize(MEAN, DEVIATION)]
    augmented = transforms.Compose(
        [transforms.Resize(resize), transforms.RandomCrop(crop), transforms.RandomHorizontalFlip()] + last)
    plain = transforms.Compose([transforms.Resize(resize), transforms.CenterCrop(crop)] + last)
    folders = [torchvision.datasets.ImageFolder(options.images, transform) for transform in (augmented, plain)]
    order = torch.randperm(len(folders[0]), generator=torch.Generator().manual_seed(0)).tolist()
    split = len(order) // 5
    parts = torch.utils.data.Subset(folders[0], order[split:]), torch.utils.data.Subset(folders[1], order[:split])
    return [
        torch.utils.data.DataLoader(part, batch_size=options.batch[0], shuffle=shuffle, num_workers=options.workers)
        for part, shuffle in zip(parts, (True, False))
    ]


def train_and_validate(model, optimizer, training, validation, context=None, prepare=None, mode=None):
    """One epoch. `context` creates the context of a forward pass (autocast), `prepare` converts a batch, `mode`
    sets training mode. All of them are for the tuned version."""
    context = context or (lambda: torch.autocast("cpu", enabled=False))
    prepare = prepare or (lambda images: images)
    criterion = torch.nn.CrossEntropyLoss()
    clock = Stopwatch()
    (mode or model.train)()
    running = 0.0
    for images, labels in training:
        with context():
            loss = criterion(model(prepare(images)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += loss.item() * len(labels)
    trained = clock.seconds
    model.eval()
    correct = 0
    with torch.no_grad():
        for images, labels in validation:
            with context():
                correct += (model(prepare(images)).argmax(1) == labels).sum().item()
    return dict(
        seconds=clock.seconds, training_seconds=trained, images=len(training.dataset) + len(validation.dataset),
        loss=running / len(training.dataset), accuracy=correct / len(validation.dataset))
